import { hostname as hostHostname } from 'node:os'
import type { ContainerRecord } from '../../store/records.ts'

/** As asked for; without a wish the host's own in its namespaces, else the short id. */
export function hostnameOf({ id, config, hostConfig }: ContainerRecord): string {
  return config.Hostname || (hostConfig.NetworkMode === 'host' ? hostHostname() : id.slice(0, 12))
}
