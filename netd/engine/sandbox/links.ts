/** Legacy `--link NAME[:ALIAS]`: the other container's names in /etc/hosts. */
import { errors } from '../../../api/errors.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { Link, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { findSandbox } from './find.ts'
import { isWord } from './words.ts'

export interface HostsEntry {
  address: string
  names: string[]
}

/** `NAME[:ALIAS]`; inspect shows `/db:/web/alias`, and it can be given so, too. Throws 400 in Docker's words. */
export function parseLink(text: string): Link {
  if (text === '') throw errors.invalidParameter('empty string specified for links')
  const [target = '', alias = target, ...rest] = text.split(':')
  if (!isWord(text) || target === '' || rest.length > 0) throw errors.invalidParameter(`bad format for links: ${text}`)
  return { target, alias: alias.split('/').at(-1)! }
}

/** Of the container itself on the default bridge, and of each of its endpoints. Throws for a link to one that does not run, as dockerd does. */
export function linkEntries(engine: Engine, sandbox: SandboxRecord): HostsEntry[] {
  const entries: HostsEntry[] = []
  for (const { network, endpoint } of activeEndpointsOf(engine, sandbox)) {
    const links = network.isPredefined ? sandbox.links : (endpoint.request.Links ?? []).map(parseLink)
    for (const link of links) entries.push(...linkEntry(engine, sandbox, network.id, link))
  }
  return entries
}

function linkEntry(engine: Engine, sandbox: SandboxRecord, networkId: string, { target, alias }: Link): HostsEntry[] {
  const other = findSandbox(engine, target)
  if (!other.isOpen)
    throw errors.invalidParameter(`Cannot link to a non running container: /${other.name} AS /${sandbox.name}/${alias}`)
  const lease = other.endpoints[networkId]?.lease
  if (lease === undefined)
    throw errors.invalidParameter(`Cannot link to /${other.name}, as it does not belong to the default network`)
  const names = [...new Set([alias, other.id.slice(0, 12), other.name])]
  return [lease.ipv4, lease.ipv6].flatMap((address) =>
    address === undefined ? [] : [{ address: withoutPrefix(address), names }],
  )
}

/** Running containers that have a link to this one, whose address may be another one now. */
export function linkedFrom(engine: Engine, target: SandboxRecord): SandboxRecord[] {
  const means = (link: Link): boolean => {
    const reference = link.target.replace(/^\//, '')
    return reference === target.name || target.id.startsWith(reference)
  }
  return engine.store.sandboxes
    .values()
    .filter(
      (sandbox) =>
        sandbox !== target &&
        sandbox.isOpen &&
        [
          ...sandbox.links,
          ...Object.values(sandbox.endpoints).flatMap(({ request }) => (request.Links ?? []).map(parseLink)),
        ].some(means),
    )
}
