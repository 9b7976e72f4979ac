/** Legacy `--link NAME[:ALIAS]`: the other container's names in /etc/hosts. */
import { errors } from '../../../api/errors.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { findSandbox } from './find.ts'

export interface HostsEntry {
  address: string
  names: string[]
}

/** Of the container itself on the default bridge, and of each of its endpoints. Throws for a link to one that does not run, as dockerd does. */
export function linkEntries(engine: Engine, sandbox: SandboxRecord): HostsEntry[] {
  const entries: HostsEntry[] = []
  for (const { network, endpoint } of activeEndpointsOf(engine, sandbox)) {
    const links = network.isPredefined ? sandbox.links : (endpoint.request.Links ?? [])
    for (const link of links) entries.push(...linkEntry(engine, sandbox, network.id, link))
  }
  return entries
}

function linkEntry(engine: Engine, sandbox: SandboxRecord, networkId: string, link: string): HostsEntry[] {
  const [reference = '', alias = reference] = link.split(':')
  const other = findSandbox(engine, reference)
  if (!other.isOpen)
    throw errors.invalidParameter(
      `Cannot link to a non running container: /${other.name} AS /${sandbox.name}/${alias.split('/').at(-1)}`,
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
export function linkedFrom(engine: Engine, target: SandboxRecord): SandboxRecord[] {
  const means = (link: string): boolean => {
    const reference = link.split(':', 1)[0]!.replace(/^\//, '')
    return reference === target.name || target.id.startsWith(reference)
  }
  return engine.store.sandboxes
    .values()
    .filter(
      (sandbox) =>
        sandbox !== target &&
        sandbox.isOpen &&
        [...sandbox.links, ...Object.values(sandbox.endpoints).flatMap(({ request }) => request.Links ?? [])].some(
          means,
        ),
    )
}
