/** From PortBindings, ExposedPorts and PublishAllPorts to the ports to be had; validated when the container was created. */
import type { PortRequest } from '../../proxy/client.ts'
import type { ContainerRecord } from '../../store/records.ts'

type Protocol = PortRequest['protocol']

/** `80/tcp`, `8000-8010/udp`, `53`: every port of it. */
export function containerPorts(spec: string): { port: number; protocol: Protocol }[] {
  const [range = '', protocol = 'tcp'] = spec.split('/')
  const [first, last] = portRange(range)
  return Array.from({ length: last - first + 1 }, (_, at) => ({ port: first + at, protocol: protocol as Protocol }))
}

function portRange(text: string): [number, number] {
  const [first, last = first] = text.split('-').map(Number)
  return [first ?? 0, last ?? 0]
}

/** @param defaultAddress for bindings without one; `0.0.0.0` stands for every address of both families. */
export function requestedPorts(
  { config, hostConfig }: Pick<ContainerRecord, 'config' | 'hostConfig'>,
  defaultAddress: string,
): PortRequest[] {
  const ports: PortRequest[] = []
  const publish = (
    hostIp: string,
    hostPort: string,
    container: { port: number; protocol: Protocol },
    at: number,
    count: number,
  ): void => {
    const addresses = hostIp !== '' ? [hostIp] : defaultAddress === '0.0.0.0' ? ['0.0.0.0', '::'] : [defaultAddress]
    const [first, last] = portRange(hostPort === '' ? '0' : hostPort)
    // A range of host ports goes with a container range of the same length one to one; a single port gets any one of it.
    const isPairwise = last > first && last - first + 1 === count
    const host = isPairwise
      ? { hostPort: first + at }
      : { hostPort: first, ...(last > first ? { hostPortEnd: last } : {}) }
    for (const hostAddress of addresses)
      ports.push({ hostAddress, containerPort: container.port, protocol: container.protocol, ...host })
  }
  const bound = new Set<string>()
  for (const [spec, bindings] of Object.entries(hostConfig.PortBindings ?? {})) {
    const containers = containerPorts(spec)
    for (const [at, container] of containers.entries()) {
      if ((bindings ?? []).length > 0) bound.add(`${container.port}/${container.protocol}`)
      for (const { HostIp, HostPort } of bindings ?? [])
        publish(HostIp ?? '', HostPort ?? '', container, at, containers.length)
    }
  }
  if (hostConfig.PublishAllPorts) {
    for (const container of exposedPorts({ config })) {
      if (!bound.has(`${container.port}/${container.protocol}`)) publish('', '', container, 0, 1)
    }
  }
  return ports
}

export function exposedPorts({ config }: Pick<ContainerRecord, 'config'>): { port: number; protocol: Protocol }[] {
  return Object.keys(config.ExposedPorts ?? {}).flatMap(containerPorts)
}
