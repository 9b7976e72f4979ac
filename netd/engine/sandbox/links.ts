/** Legacy `--link NAME[:ALIAS]`: the other container's names in /etc/hosts. */
import { ApiError, errors } from '../../../api/errors.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { Link, NetworkRecord, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf, addressesOf } from './endpoints.ts'
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

/** Of the sandbox itself on the default network, and of each of its endpoints; whom a link means and who is not there now is left out. */
export function linkEntries(engine: Engine, sandbox: SandboxRecord): HostsEntry[] {
  return activeEndpointsOf(engine, sandbox).flatMap(({ network, endpoint }) => {
    const links = network.isPredefined ? sandbox.links : (endpoint.request.links ?? [])
    return links.flatMap((link) => linkEntry(engine, network.id, link))
  })
}

function linkEntry(engine: Engine, networkId: string, { target, alias }: Link): HostsEntry[] {
  const other = findLinked(engine, target)
  const lease = other?.endpoints[networkId]?.lease
  if (other === undefined || lease === undefined) return []
  const names = [...new Set([alias, other.id.slice(0, 12), other.name])]
  return addressesOf(lease).map((address) => ({ address, names }))
}

/** Undefined for one that was removed. */
function findLinked(engine: Engine, reference: string): SandboxRecord | undefined {
  try {
    return findSandbox(engine, reference)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'containerNotFound') return undefined
    throw error
  }
}

/** On the default network: who is there now, and at which IPv4 address. */
export function liveLinks(
  engine: Engine,
  sandbox: SandboxRecord,
): { alias: string; other: SandboxRecord; address: string }[] {
  const joined = activeEndpointsOf(engine, sandbox).find(({ network }) => network.isPredefined)
  if (joined === undefined) return []
  return sandbox.links.flatMap(({ target, alias }) => {
    const other = findLinked(engine, target)
    const address = other?.endpoints[joined.network.id]?.lease?.ipv4
    return other === undefined || address === undefined ? [] : [{ alias, other, address: withoutPrefix(address) }]
  })
}

/** False when there is none of that name. */
export function removeLink({ store }: Pick<Engine, 'store'>, sandbox: SandboxRecord, alias: string): boolean {
  const links = sandbox.links.filter((link) => link.alias !== alias)
  if (links.length === sandbox.links.length) return false
  sandbox.links = links
  store.sandboxes.put(sandbox.id, sandbox)
  return true
}

/** By the id of who is linked to: `web/database` for each link of another, as `docker ps` shows it beside the name. */
export function namesByLinks({ store }: Pick<Engine, 'store'>): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const { name, links } of store.sandboxes.values())
    for (const { target, alias } of links) {
      const other = store.sandboxes.get(target) ?? store.sandboxes.find((one) => one.name === target.replace(/^\//, ''))
      if (other !== undefined) names.set(other.id, [...(names.get(other.id) ?? []), `${name}/${alias}`])
    }
  return names
}

/**
 * Before a sandbox is opened on the default network: 400 for a link to one that is not open or not on it, as dockerd has it.
 * On a network of one's own a link is a name more, which may come to mean somebody later.
 */
export function validateLinks(engine: Engine, sandbox: SandboxRecord, defaultNetwork: NetworkRecord): void {
  for (const { target, alias } of sandbox.links) {
    const other = findLinked(engine, target)
    if (other?.isOpen !== true) {
      const name = other?.name ?? target.replace(/^\//, '')
      throw errors.invalidParameter(`Cannot link to a non running container: /${name} AS /${sandbox.name}/${alias}`)
    }
    if (other.endpoints[defaultNetwork.id]?.lease === undefined)
      throw errors.invalidParameter(`Cannot link to /${other.name}, as it does not belong to the default network`)
  }
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
        [...sandbox.links, ...Object.values(sandbox.endpoints).flatMap(({ request }) => request.links ?? [])].some(
          means,
        ),
    )
}
