/** Layer 2: which interfaces a frame can get to, over which wires and bridges. What stops it on the way is for ./frame.ts to say. */
import type { Link } from '../kernel/model.ts'
import type { Place, Station, World } from './world.ts'

export type Hop =
  /** A veth pair. */
  | { kind: 'wire'; from: Station; to: Station }
  /** Without `from` the bridge's own interface sends, without `to` it receives. */
  | { kind: 'bridge'; place: Place; bridge: Link; from?: Link; to?: Link; isKnown: boolean }
  /** Between interfaces that ride on one, or between one of them and that one's wire. */
  | { kind: 'macvlan'; from: Station; to: Station }

export interface End {
  station: Station
  hops: Hop[]
  /** The frame leaves what can be looked into: a physical interface, a tunnel, a namespace that nobody knows a path to. */
  isEdge: boolean
}

interface Search {
  world: World
  /** A bridge that knows where this is sends it there only; without, it goes everywhere. */
  mac: string | undefined
  /** Its owner has just sent a frame: bridges have learnt where it is, also where they believed otherwise (br_fdb_update). */
  isLearned: boolean
  seen: Set<string>
  ends: End[]
}

const key = ({ place, link }: Station): string => `${place.survey.inode} ${link.index}`

/** Every interface that a frame from here can get to. @param mac of the one that it is for; without, it is a broadcast */
export async function reach(world: World, from: Station, mac?: string, isLearned = false): Promise<End[]> {
  const search: Search = { world, mac, isLearned, seen: new Set([key(from)]), ends: [] }
  if (from.link.kind === 'bridge') await throughBridge(search, from, undefined, [])
  else if (from.link.kind === 'macvlan') await fromMacvlan(search, from)
  else await overWire(search, from, [])
  return search.ends
}

/** Out of an interface. */
async function overWire(search: Search, from: Station, hops: Hop[]): Promise<void> {
  const to = from.link.kind === 'veth' ? await search.world.lower(from) : undefined
  if (to === undefined) {
    search.ends.push({ station: from, hops, isEdge: true })
    return
  }
  await into(search, to, [...hops, { kind: 'wire', from, to }])
}

/** Into an interface. */
async function into(search: Search, station: Station, hops: Hop[]): Promise<void> {
  if (search.seen.has(key(station))) return
  search.seen.add(key(station))
  const { place, link } = station
  const master = place.link(link.masterIndex)
  if (master?.kind === 'bridge') return throughBridge(search, { place, link: master }, link, hops)
  search.ends.push({ station, hops, isEdge: false })
}

/** Macvlans on top of these interfaces. To find them takes a look into every namespace, so it is asked for last. */
export async function ridingOn(world: World, ends: End[]): Promise<End[]> {
  const found: End[] = []
  for (const { station, hops, isEdge } of ends) {
    for (const upper of await world.uppers(station)) {
      const hop: Hop = { kind: 'macvlan', from: station, to: upper }
      found.push({ station: upper, hops: isEdge ? hops : [...hops, hop], isEdge: false })
    }
  }
  return found
}

async function throughBridge(
  search: Search,
  { place, link: bridge }: Station,
  from: Link | undefined,
  hops: Hop[],
): Promise<void> {
  const entry =
    search.mac === undefined
      ? undefined
      : place.survey.forwardingDatabase.find(
          ({ mac, masterIndex, isPermanent }) =>
            mac === search.mac && masterIndex === bridge.index && (isPermanent || !search.isLearned),
        )
  const hop = (to: Link | undefined): Hop => ({
    kind: 'bridge',
    place,
    bridge,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    isKnown: entry !== undefined || search.isLearned,
  })
  const isOwn = search.mac === undefined || search.mac === bridge.mac || entry?.linkIndex === bridge.index
  // What is addressed to a port's own interface goes to the bridge's, too (br_fdb_find_rcu: BR_FDB_LOCAL).
  const isLocal = entry?.isPermanent === true && place.link(entry.linkIndex)?.mac === search.mac
  if (from !== undefined && (isOwn || isLocal) && !search.seen.has(key({ place, link: bridge }))) {
    search.seen.add(key({ place, link: bridge }))
    search.ends.push({ station: { place, link: bridge }, hops: [...hops, hop(undefined)], isEdge: false })
    if (isLocal) return
  }
  const ports = place
    .ports(bridge)
    .filter((port) => (entry === undefined ? true : port.index === entry.linkIndex))
    .filter((port) => port !== from || port.port?.isHairpin === true)
  for (const port of ports) await overWire(search, { place, link: port }, [...hops, hop(port)])
}

/** A macvlan reaches its siblings and what is behind its parent's wire, never the parent itself. */
async function fromMacvlan(search: Search, from: Station): Promise<void> {
  const parent = await search.world.lower(from)
  if (parent === undefined) {
    search.ends.push({ station: from, hops: [], isEdge: true })
    return
  }
  if (from.link.macvlanMode === 'bridge') {
    for (const sibling of await search.world.uppers(parent)) {
      if (key(sibling) !== key(from) && sibling.link.macvlanMode === 'bridge')
        search.ends.push({ station: sibling, hops: [{ kind: 'macvlan', from, to: sibling }], isEdge: false })
    }
  }
  search.seen.add(key(parent))
  await overWire(search, parent, [{ kind: 'macvlan', from, to: parent }])
}
