/** A container's network, as its request has it. */
import { hostname } from 'node:os'
import type { ContainerOptions, NetworkMode, NetworkOptions } from '../../store/container-options.ts'
import { exposedNames } from './exposed-ports.ts'
import type { EndpointRecord, PortBinding, SandboxNamespace, SandboxRecord } from '../../store/records.ts'

/** What a request says of the sandbox itself; an empty host name is for one of ours. */
export type SandboxRequest = Pick<
  SandboxRecord,
  'hostname' | 'domainname' | 'portBindings' | 'links' | 'extraHosts' | 'resolver'
>

export function sandboxRecord(
  { id, name, options }: { id: string; name: string; options: Pick<ContainerOptions, 'network' | 'isUtsFromHost'> },
  request: SandboxRequest,
  endpoints: Record<string, EndpointRecord>,
): SandboxRecord {
  const { network, isUtsFromHost = false } = options
  return {
    ...request,
    id,
    name,
    namespace: sandboxNamespace(network.mode),
    isOpen: false,
    // In the host's namespaces the host's own.
    hostname: request.hostname || (network.mode.kind === 'host' || isUtsFromHost ? hostname() : id.slice(0, 12)),
    endpoints,
    portBindings: [...request.portBindings, ...otherPorts(network, request.portBindings)],
    ports: [],
  }
}

/** `--network none` has a namespace of its own, too: with nothing in it but `lo`. */
function sandboxNamespace(mode: NetworkMode): SandboxNamespace {
  if (mode.kind === 'container') return { kind: 'shared', with: mode.container }
  return { kind: mode.kind === 'host' ? 'host' : 'own' }
}

/** `--publish-all`. */
function otherPorts({ publishesAll, exposedPorts }: NetworkOptions, wishes: PortBinding[]): PortBinding[] {
  if (!publishesAll) return []
  const wished = new Set(
    wishes.flatMap(({ containerPort, containerPortEnd, protocol }) =>
      exposedNames([{ port: containerPort, last: containerPortEnd, protocol }]),
    ),
  )
  return exposedPorts
    .flatMap(({ port, last = port, protocol }) =>
      Array.from({ length: last - port + 1 }, (_, at) => ({ port: port + at, protocol })),
    )
    .filter(({ port, protocol }) => !wished.has(`${port}/${protocol}`))
    .map(({ port, protocol }) => ({
      hostAddress: '',
      hostPort: 0,
      hostPortEnd: 0,
      containerPort: port,
      containerPortEnd: port,
      protocol,
      isImplied: true,
    }))
}
