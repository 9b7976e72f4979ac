/** PortBindings, ExposedPorts and PublishAllPorts; validated by ./ports.ts. */
import type { ContainerConfig, HostConfig } from '../../../api/docker/containers.ts'
import type { PortWish } from '../../store/records.ts'

type Protocol = PortWish['protocol']

/** `80/tcp`, `8000-8010/udp`, `53`. */
function parseSpec(spec: string): { first: number; last: number; protocol: Protocol } {
  const [range = '', protocol = 'tcp'] = spec.split('/')
  const [first, last] = parseRange(range)
  return { first, last, protocol: protocol as Protocol }
}

function parseRange(text: string): [number, number] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return [first, last]
}

/** Every port that is exposed. */
export function exposedPorts({ ExposedPorts: exposed }: ContainerConfig): { port: number; protocol: Protocol }[] {
  return Object.keys(exposed ?? {}).flatMap((spec) => {
    const { first, last, protocol } = parseSpec(spec)
    return Array.from({ length: last - first + 1 }, (_, at) => ({ port: first + at, protocol }))
  })
}

export function portWishes(config: ContainerConfig, { PortBindings, PublishAllPorts }: HostConfig): PortWish[] {
  const bound = Object.entries(PortBindings ?? {}).flatMap(([spec, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }): PortWish => {
      const { first, last, protocol } = parseSpec(spec)
      const [hostPort, hostPortEnd] = parseRange(HostPort || '0')
      return {
        hostAddress: HostIp ?? '',
        hostPort,
        hostPortEnd,
        containerPort: first,
        containerPortEnd: last,
        protocol,
      }
    }),
  )
  if (PublishAllPorts !== true) return bound
  const isBound = (port: number, protocol: Protocol): boolean =>
    bound.some((wish) => wish.protocol === protocol && wish.containerPort <= port && port <= wish.containerPortEnd)
  const others = exposedPorts(config).filter(({ port, protocol }) => !isBound(port, protocol))
  return [
    ...bound,
    ...others.map(({ port, protocol }): PortWish => ({
      hostAddress: '',
      hostPort: 0,
      hostPortEnd: 0,
      containerPort: port,
      containerPortEnd: port,
      protocol,
    })),
  ]
}
