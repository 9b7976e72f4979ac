/** From what a sandbox wishes to publish to the ports to be had. */
import type { PortRequest } from '../../control/port-proxy.ts'
import type { PortBinding } from '../../store/records.ts'

/** From here on a row of ports that go one to one is held by its numbers: a socket each would take seconds, and hundreds of MB. */
const longRow = 1_024

/** @param defaultAddress for wishes without one; `0.0.0.0` stands for every address of both families. */
export function expandPorts(wishes: PortBinding[], defaultAddress: string): PortRequest[] {
  const defaults = defaultAddress === '0.0.0.0' ? ['0.0.0.0', '::'] : [defaultAddress]
  return wishes.flatMap((wish) => {
    const { hostAddress, hostPort, hostPortEnd, containerPort, containerPortEnd, protocol } = wish
    const count = containerPortEnd - containerPort + 1
    const isPairwise = hostPortEnd > hostPort && hostPortEnd - hostPort + 1 === count
    const addresses = hostAddress === '' ? defaults : [hostAddress]
    if (isPairwise && count >= longRow)
      return addresses.map((address) => ({ hostAddress: address, hostPort, containerPort, protocol, count }))
    return Array.from({ length: count }, (_, at) =>
      addresses.map((address): PortRequest => ({
        hostAddress: address,
        containerPort: containerPort + at,
        protocol,
        hostPort: isPairwise ? hostPort + at : hostPort,
        ...(!isPairwise && hostPortEnd > hostPort ? { hostPortEnd } : {}),
      })),
    ).flat()
  })
}
