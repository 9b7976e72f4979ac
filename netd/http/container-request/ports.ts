/** `-p`: keys are container ports or ranges of them; host ports may be empty, a port or a range. */
import { isIP } from 'node:net'
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { parsePortRange, parsePortSpec } from '../../engine/containers/exposed-ports.ts'
import type { PortBinding } from '../../store/records.ts'

/** Throws 400. */
export function parsePortBindings(bindings: HostConfig['PortBindings']): PortBinding[] {
  const wishes = Object.entries(bindings ?? {}).flatMap(([spec, hosts]) => {
    const { first, last, protocol } = parsePortSpec(spec)
    return (hosts ?? []).map(({ HostIp: hostAddress, HostPort: text }): PortBinding => {
      if (hostAddress && isIP(hostAddress) === 0)
        throw errors.invalidParameter(`invalid IP address in port binding: "${hostAddress}"`)
      const [hostPort, hostPortEnd] = text ? parsePortRange(text, 0) : [0, 0]
      return {
        hostAddress: hostAddress ?? '',
        hostPort,
        hostPortEnd,
        containerPort: first,
        containerPortEnd: last,
        protocol,
      }
    })
  })
  const count = wishes.reduce(
    (sum, { containerPort, containerPortEnd }) => sum + containerPortEnd - containerPort + 1,
    0,
  )
  if (count > mostPorts)
    throw errors.invalidParameter(`${count} ports to publish are too many: one container has ${mostPorts} at most`)
  return wishes.length < manyPorts ? wishes : joinRows(wishes)
}

/** Every port of TCP and UDP, at two addresses: a request has room for a multiple of what memory has. */
const mostPorts = 4 * 65_536

/** Clients take a range apart: 65,535 ports are as many entries. */
const manyPorts = 256

/** Neighbours inside that are neighbours outside become one. The order among wishes for any free port stays. */
function joinRows(wishes: PortBinding[]): PortBinding[] {
  const isSingle = ({ hostPort, hostPortEnd, containerPort, containerPortEnd }: PortBinding): boolean =>
    hostPort > 0 && hostPort === hostPortEnd && containerPort === containerPortEnd
  const rows: PortBinding[] = []
  const others = wishes.filter((wish) => !isSingle(wish))
  const singles = wishes.filter(isSingle).toSorted((one, other) => one.containerPort - other.containerPort)
  const last = new Map<string, PortBinding>()
  for (const wish of singles) {
    const key = `${wish.protocol} ${wish.hostAddress} ${wish.hostPort - wish.containerPort}`
    const row = last.get(key)
    if (row?.containerPortEnd === wish.containerPort - 1) {
      row.containerPortEnd = wish.containerPort
      row.hostPortEnd = wish.hostPort
    } else {
      last.set(key, wish)
      rows.push(wish)
    }
  }
  return [...rows, ...others]
}
