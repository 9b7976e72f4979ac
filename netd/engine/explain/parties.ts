/** Who speaks and who is spoken to: a word becomes a namespace and an address in it. */
import { readdir, stat } from 'node:fs/promises'
import { familyOf, isAddress, type IpFamily } from '../../../api/address/family.ts'
import { contains, withoutPrefix } from '../../../api/address/subnet.ts'
import { errors } from '../../../api/errors.ts'
import type { Place, Station, World, Candidate } from '../../explain/world.ts'
import type { Engine } from '../engine.ts'
import { networkNamespaces, type NetworkNamespace } from '../graph/network-namespaces.ts'
import { iproute2Folder } from '../namespaces/pin.ts'

/** TEST-NET-3 (RFC 5737) and the documentation prefix (RFC 3849): somebody out there, and nobody in particular. */
const outsideAddresses = { ipv4: '203.0.113.1', ipv6: '2001:db8:ffff::1' } as const

/** Every namespace of the machine that has a path: ours by what they are called, others' by theirs. */
export async function everyNamespace(engine: Engine): Promise<Candidate[]> {
  const ours = networkNamespaces(engine).map(({ path, name }) => ({ path, name }))
  const pinned = (await entries(iproute2Folder)).map((name) => ({ path: `${iproute2Folder}/${name}`, name }))
  const processes = (await entries('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ path: `/proc/${pid}/ns/net`, name: `process ${pid}` }))
  const found = new Map<number, Candidate>()
  for (const candidate of [...ours, ...pinned, ...processes]) {
    const inode = await stat(candidate.path).then(
      ({ ino }) => ino,
      // Ended meanwhile, or not ours to look at.
      () => undefined,
    )
    if (inode !== undefined && !found.has(inode)) found.set(inode, candidate)
  }
  return [...found.values()]
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

export type Party = { kind: 'place'; place: Place; address?: string } | { kind: 'outside' }

/** By `host`, `outside`, a path, an address, a name or id of a container, a lab's node, a bare namespace, a name below /run/netns. 404 for none. */
export async function findParty(engine: Engine, world: World, word: string): Promise<Party> {
  if (word === 'outside') return { kind: 'outside' }
  if (isAddress(word)) {
    for (const { path } of world.candidates) {
      const place = await world.at(path).catch(() => undefined)
      if (place?.survey.addresses.some(({ address }) => withoutPrefix(address) === word) === true)
        return { kind: 'place', place, address: word }
    }
    throw errors.partyNotFound(word)
  }
  if (word.startsWith('/')) {
    // nsfs has regular files only; to open a device may be to start it.
    const isFile = await stat(word).then(
      (found) => found.isFile(),
      () => true,
    )
    if (!isFile) throw errors.invalidParameter(`${word} is not the path of a network namespace: it is no file`)
    const place = await world.at(word).catch((error: Error) => {
      throw errors.invalidParameter(`${word} is not the path of a network namespace: ${error.message}`)
    })
    return { kind: 'place', place }
  }
  const ours = networkNamespaces(engine)
  const found = byName(ours, word) ?? world.candidates.find(({ name }) => name === word)
  if (found === undefined) {
    const { isOpen } = engine.store.sandboxes.find(({ id, name }) => id === word || name === word) ?? {}
    if (isOpen === false) throw errors.conflict(`Container ${word} is not running, so no packet comes or goes`)
    throw errors.partyNotFound(word)
  }
  return { kind: 'place', place: await world.at(found.path) }
}

/** A container that lives in another's namespace is found there. */
function byName(all: NetworkNamespace[], word: string): NetworkNamespace | undefined {
  const name = word.replace(/^\//, '')
  const exact = all.find((one) => one.name === name || one.id === name || one.sharedBy.includes(name))
  if (exact !== undefined) return exact
  const nodes = all.filter(({ lab, node }) => node === name || `${lab}/${node}` === name)
  const ids = /^[0-9a-f]{4,}$/.test(name) ? all.filter(({ id }) => id.startsWith(name)) : []
  const matches = nodes.length > 0 ? nodes : ids
  if (matches.length > 1)
    throw errors.invalidParameter(
      `${word} can be any of ${matches.map((one) => (one.lab === undefined ? one.id : `${one.lab}/${one.node}`)).join(', ')}`,
    )
  return matches[0]
}

/** The address of `to` that `from` would use: of a network that both are on, before any other. */
export function addressBetween(from: Place | undefined, to: Place, family: IpFamily | undefined): string | undefined {
  const all = to.survey.addresses.filter(({ scope }) => scope === 'global')
  if (from === to) return (family ?? 'ipv4') === 'ipv4' ? '127.0.0.1' : '::1'
  const near = all.filter(({ address }) =>
    from?.survey.addresses.some(
      (own) =>
        own.scope === 'global' && own.family === familyOf(address) && contains(own.address, withoutPrefix(address)),
    ),
  )
  const fits = (one: { family: IpFamily }): boolean => family === undefined || one.family === family
  const chosen = [...near, ...all]
    .filter(fits)
    .toSorted((a, b) => Number(a.family === 'ipv6') - Number(b.family === 'ipv6'))
  const best = chosen.find((one) => near.includes(one)) ?? chosen[0]
  return best === undefined ? undefined : withoutPrefix(best.address)
}

export const outsideAddress = (family: IpFamily | undefined): string => outsideAddresses[family ?? 'ipv4']

/** The interface that leads out, and an address that comes in by it. 400 where there is none. */
export async function outsideStation(
  world: World,
  host: Place,
  family: IpFamily,
): Promise<{ station: Station; source: string }> {
  const source = outsideAddress(family)
  const answer = await world.kernel.lookupRoute(host.path, { destination: source })
  const link = 'route' in answer ? host.link(answer.route.linkIndex) : undefined
  if (link === undefined || link.isLoopback)
    throw errors.invalidParameter(
      `the host has no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} route to the outside, so nothing comes from there`,
    )
  return { station: { place: host, link }, source }
}
