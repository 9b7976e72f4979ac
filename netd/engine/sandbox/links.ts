/** Legacy `--link NAME[:ALIAS]`: the other container's names in /etc/hosts. */
import { errors } from '../../../api/errors.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { ContainerRecord } from '../../store/records.ts'
import { findContainer } from '../containers/find.ts'
import { isRunning } from '../life/status.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoint-plans.ts'

export interface HostsEntry {
  address: string
  names: string[]
}

/** Of the container itself on the default bridge, and of each of its endpoints. Throws for a link to one that does not run, as dockerd does. */
export function linkEntries(engine: Engine, container: ContainerRecord): HostsEntry[] {
  const entries: HostsEntry[] = []
  for (const { network, endpoint } of activeEndpointsOf(engine, container)) {
    const links = network.isPredefined ? (container.hostConfig.Links ?? []) : (endpoint.request.Links ?? [])
    for (const link of links) entries.push(...linkEntry(engine, container, network.id, link))
  }
  return entries
}

function linkEntry(engine: Engine, container: ContainerRecord, networkId: string, link: string): HostsEntry[] {
  const [reference = '', alias = reference] = link.split(':')
  const other = findContainer(engine, reference)
  if (!isRunning(other))
    throw errors.invalidParameter(
      `Cannot link to a non running container: /${other.name} AS /${container.name}/${alias.split('/').at(-1)}`,
    )
  const lease = other.endpoints[networkId]?.lease
  if (lease === undefined)
    throw errors.invalidParameter(`Cannot link to /${other.name}, as it does not belong to the default network`)
  const names = [...new Set([alias.split('/').at(-1)!, other.id.slice(0, 12), other.name])]
  return [lease.ipv4, lease.ipv6].flatMap((address) =>
    address === undefined ? [] : [{ address: withoutPrefix(address), names }],
  )
}

/** Running containers that have a link to this one, whose address may be another one now. */
export function linkedFrom(engine: Engine, target: ContainerRecord): ContainerRecord[] {
  const means = (link: string): boolean => {
    const reference = link.split(':', 1)[0]!.replace(/^\//, '')
    return reference === target.name || target.id.startsWith(reference)
  }
  return engine.store.containers
    .values()
    .filter(
      (container) =>
        container !== target &&
        isRunning(container) &&
        [
          ...(container.hostConfig.Links ?? []),
          ...Object.values(container.endpoints).flatMap(({ request }) => request.Links ?? []),
        ].some(means),
    )
}
