/** Layer 3 to layer 2: which hardware address a packet for the next hop is sent to. */
import { isSameAddress } from '../../api/address/address.ts'
import { familyOf } from '../../api/address/family.ts'
import { withoutPrefix } from '../../api/address/subnet.ts'
import { isDown } from './frame.ts'
import type { Report, Stop } from './report.ts'
import { reach, ridingOn, type End } from './segment.ts'
import { stationText, type Station, type World } from './world.ts'

/** NUD_VALID, net/neighbour.h: what is there and not known to be wrong is used. */
const valid = new Set(['permanent', 'noarp', 'reachable', 'stale', 'delay', 'probe'])

/** `isLearned`: whoever has the address has just said so, in a frame that bridges have seen. */
export type Resolved = { mac: string; isLearned?: true } | { edge: Station } | { stop: Stop }

export async function resolve(world: World, report: Report, from: Station, nextHop: string): Promise<Resolved> {
  const { place, link } = from
  const looked = `ip neighbour show ${nextHop} dev ${link.name}`
  // arp_constructor (net/ipv4/arp.c): without ARP a frame goes to the interface's own address.
  if (link.isNoArp === true) return { mac: link.mac }
  const entry = place.survey.neighbours.find(
    ({ linkIndex, address }) => linkIndex === link.index && isSameAddress(address, nextHop),
  )
  if (entry?.mac !== undefined && valid.has(entry.state)) {
    report.ok('neighbour', place, looked, `${nextHop} is ${entry.mac} (${entry.state})`)
    return { mac: entry.mac }
  }
  let ends = await reach(world, from)
  let owners = await ownersOf(world, ends, nextHop)
  if (owners.length === 0) {
    ends = [...ends, ...(await ridingOn(world, ends))]
    owners = await ownersOf(world, ends, nextHop)
  }
  const [owner, second] = owners
  if (owner !== undefined) {
    const who = owners.map(({ station }) => stationText(station)).join(' and ')
    if (second !== undefined)
      return {
        stop: report.unsure('neighbour', place, looked, `${who} both have ${nextHop}, and the first answer counts`, {
          kind: 'address',
          object: `${nextHop} on ${who}`,
          remedy: `ip address delete ${nextHop}/… dev ${second.station.link.name} in ${second.station.place.name}`,
        }),
      }
    report.ok('neighbour', place, looked, `not known yet; ${who} would answer with ${owner.station.link.mac}`)
    return { mac: owner.station.link.mac, isLearned: true }
  }
  const edge = ends.find(({ isEdge }) => isEdge)
  if (edge !== undefined) {
    report.note('neighbour', place, looked, `not known; if somebody has it, it is behind ${stationText(edge.station)}`)
    return { edge: edge.station }
  }
  for (const { station } of ends) {
    const isOwner = station.place.survey.addresses.some(({ address }) => withoutPrefix(address) === nextHop)
    const stop = isOwner ? isDown(report, station) : undefined
    if (stop !== undefined) return { stop }
  }
  const there = ends.map(({ station }) => stationText(station)).join(', ')
  const protocol = familyOf(nextHop) === 'ipv4' ? 'ARP' : 'neighbour discovery'
  return {
    stop: report.stop(
      'neighbour',
      place,
      looked,
      `nobody behind ${link.name} answers ${protocol} for ${nextHop}${there === '' ? '' : ` (there are ${there})`}`,
      {
        kind: 'neighbour',
        object: `${nextHop} dev ${link.name}`,
        remedy: `give the address ${nextHop} to an interface behind ${link.name}, or correct the route or the address that was asked for`,
      },
    ),
  }
}

/** Who would answer. Of IPv4 any address of the machine counts, unless arp_ignore says otherwise (net/ipv4/arp.c). */
async function ownersOf(world: World, ends: End[], address: string): Promise<End[]> {
  const found: End[] = []
  for (const end of ends) {
    const { place, link } = end.station
    if (end.isEdge || link.isNoArp === true || !link.isUp) continue
    const own = place.survey.addresses.filter(
      (one) => withoutPrefix(one.address) === address && one.isTentative !== true,
    )
    const here = own.some(({ linkIndex }) => linkIndex === link.index)
    if (own.length === 0) continue
    if (!here && (familyOf(address) === 'ipv6' || (await ignoresOthers(world, end)))) continue
    found.push(end)
  }
  return found
}

async function ignoresOthers(world: World, { station: { place, link } }: End): Promise<boolean> {
  const names = ['all', link.name.replaceAll('.', '/')].map((name) => `net.ipv4.conf.${name}.arp_ignore`)
  return Object.values(await world.kernel.sysctls(place.path, names)).some((value) => Number(value) > 0)
}
