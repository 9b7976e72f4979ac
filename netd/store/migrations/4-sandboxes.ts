/** Schema 4: the network of a container is a record of its own. What runs keeps its leases and ports. */
import { hostname } from 'node:os'
import type { DatabaseSync } from 'node:sqlite'
import { split } from './rewrite.ts'

interface ContainerOfSchema3 {
  id: string
  name: string
  config: { Hostname?: string | null; Domainname?: string | null; ExposedPorts?: Record<string, object> | null }
  hostConfig: {
    NetworkMode?: string | null
    PortBindings?: Record<string, { HostIp?: string | null; HostPort?: string | null }[] | null> | null
    PublishAllPorts?: boolean | null
    Links?: string[] | null
    ExtraHosts?: string[] | null
    Dns?: string[] | null
    DnsSearch?: string[] | null
    DnsOptions?: string[] | null
  }
  endpoints: Record<string, object>
  ports: object[]
  state: { status: string }
}

interface PortWishOfSchema4 {
  hostAddress: string
  hostPort: number
  hostPortEnd: number
  containerPort: number
  containerPortEnd: number
  protocol: string
}

export function separateSandboxes(database: DatabaseSync): void {
  split(database, 'containers', (container: ContainerOfSchema3) => {
    const { endpoints: _endpoints, ports: _ports, ...rest } = container
    return { containers: rest, sandboxes: sandboxOf(container) }
  })
}

function sandboxOf(container: ContainerOfSchema3): object {
  const { id, name, config, hostConfig, endpoints, ports, state } = container
  const mode = hostConfig.NetworkMode ?? ''
  const namespace = mode.startsWith('container:')
    ? ({ kind: 'shared', with: mode.slice('container:'.length) } as const)
    : ({ kind: mode === 'host' ? 'host' : 'own' } as const)
  return {
    id,
    name,
    namespace,
    isOpen: state.status === 'running' || state.status === 'paused',
    hostname: config.Hostname || (mode === 'host' ? hostname() : id.slice(0, 12)),
    domainname: config.Domainname ?? '',
    endpoints,
    portBindings: portBindings(container),
    ports,
    links: hostConfig.Links ?? [],
    extraHosts: hostConfig.ExtraHosts ?? [],
    resolver: {
      nameservers: hostConfig.Dns ?? [],
      search: hostConfig.DnsSearch ?? [],
      options: hostConfig.DnsOptions ?? [],
    },
  }
}

function portBindings({ config, hostConfig }: ContainerOfSchema3): PortWishOfSchema4[] {
  const range = (text: string): [number, number] => {
    const [first = 0, last = first] = text.split('-').map(Number)
    return [first, last]
  }
  const wish = (spec: string, hostAddress: string, hostPorts: string): PortWishOfSchema4 => {
    const [containerPorts = '', protocol = 'tcp'] = spec.split('/')
    const [hostPort, hostPortEnd] = range(hostPorts || '0')
    const [containerPort, containerPortEnd] = range(containerPorts)
    return {
      hostAddress,
      hostPort,
      hostPortEnd,
      containerPort,
      containerPortEnd,
      protocol,
    }
  }
  const wishes = Object.entries(hostConfig.PortBindings ?? {}).flatMap(([spec, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => wish(spec, HostIp ?? '', HostPort ?? '')),
  )
  if (hostConfig.PublishAllPorts !== true) return wishes
  const isWished = (port: number, protocol: string): boolean =>
    wishes.some((one) => one.protocol === protocol && one.containerPort <= port && port <= one.containerPortEnd)
  const exposed = Object.keys(config.ExposedPorts ?? {}).flatMap((spec) => {
    const [ports = '', protocol = 'tcp'] = spec.split('/')
    const [first, last] = range(ports)
    return Array.from({ length: last - first + 1 }, (_, at) => ({ port: first + at, protocol }))
  })
  const others = exposed.filter(({ port, protocol }) => !isWished(port, protocol))
  return [...wishes, ...others.map(({ port, protocol }) => wish(`${port}/${protocol}`, '', ''))]
}
