/** A container's network, as its request has it. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import type { ContainerRecord, EndpointRecord, SandboxNamespace, SandboxRecord } from '../../store/records.ts'
import { portWishes } from './port-wishes.ts'

export function sandboxRecord(
  { id, name, config, hostConfig }: Pick<ContainerRecord, 'id' | 'name' | 'config' | 'hostConfig'>,
  endpoints: Record<string, EndpointRecord>,
): SandboxRecord {
  return {
    id,
    name,
    namespace: sandboxNamespace(hostConfig),
    isOpen: false,
    hostname: config.Hostname || id.slice(0, 12),
    domainname: config.Domainname ?? '',
    endpoints,
    portWishes: portWishes(config, hostConfig),
    ports: [],
    links: hostConfig.Links ?? [],
    extraHosts: hostConfig.ExtraHosts ?? [],
    resolver: {
      nameservers: hostConfig.Dns ?? [],
      search: hostConfig.DnsSearch ?? [],
      options: hostConfig.DnsOptions ?? [],
    },
  }
}

/** `--network none` has a namespace of its own, too: with nothing in it but `lo`. */
function sandboxNamespace({ NetworkMode: mode }: HostConfig): SandboxNamespace {
  if (mode?.startsWith('container:')) return { kind: 'shared', with: mode.slice('container:'.length) }
  return { kind: mode === 'host' ? 'host' : 'own' }
}
