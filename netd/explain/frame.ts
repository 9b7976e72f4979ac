/** A frame on its way over wires and bridges to the interface that has its address. */
import type { Link } from '../kernel/model.ts'
import type { HookInput } from './hooks.ts'
import { runHook } from './hooks.ts'
import type { Packet } from './packet.ts'
import type { Report, Stop } from './report.ts'
import { reach, ridingOn, type End, type Hop } from './segment.ts'
import { stationText, type Place, type Station, type World } from './world.ts'

export interface Frame {
  source: string
  destination: string
  /** Bridges know where the destination is, since it has just answered. */
  isLearned: boolean
}

export type Carried = { at: Station; mark: number } | { edge: Station } | { stop: Stop }

/** @param nextHop for the sentence only */
export async function carry(
  world: World,
  report: Report,
  from: Station,
  frame: Frame,
  packet: Packet,
  nextHop: string,
): Promise<Carried> {
  const egress = leaveBy(report, from, packet, frame)
  if (egress !== undefined) return { stop: egress }
  let ends = await reach(world, from, frame.destination, frame.isLearned)
  const isFor = ({ station, isEdge }: End): boolean => !isEdge && station.link.mac === frame.destination
  let end = ends.find(isFor)
  if (end === undefined) {
    ends = [...ends, ...(await ridingOn(world, ends))]
    end = ends.find(isFor)
  }
  end ??= ends.find(({ isEdge }) => isEdge)
  if (end === undefined) return { stop: nobody(report, from, ends, frame, nextHop) }
  let { mark } = packet
  for (const hop of end.hops) {
    // skb_scrub_packet (net/core/skbuff.c): a mark does not leave its namespace.
    if (hop.kind === 'wire' && hop.from.place !== hop.to.place) mark = 0
    const stop = await gate(world, report, hop, { ...packet, mark }, frame)
    if (stop !== undefined) return { stop }
  }
  if (end.isEdge) return { edge: end.station }
  return { at: end.station, mark }
}

function nobody(report: Report, { place, link }: Station, ends: End[], { destination }: Frame, nextHop: string): Stop {
  const known = place.survey.forwardingDatabase.find(({ mac, isStatic }) => mac === destination && isStatic)
  const there = ends.map(({ station }) => stationText(station)).join(', ')
  const found =
    known === undefined
      ? `no interface behind ${link.name} has the address ${destination}${there === '' ? '' : ` (there are ${there})`}`
      : `the bridge sends ${destination} to ${place.link(known.linkIndex)?.name ?? known.linkIndex}, where nobody has it`
  return report.stop('neighbour', place, `bridge fdb, links behind ${link.name}`, found, {
    kind: known === undefined ? 'neighbour' : 'bridge',
    object:
      known === undefined
        ? `${nextHop} dev ${link.name} lladdr ${destination}`
        : `${destination} dev ${place.link(known.linkIndex)?.name} master static`,
    remedy:
      known === undefined
        ? `ip neighbour delete ${nextHop} dev ${link.name}`
        : `bridge fdb delete ${destination} dev ${place.link(known.linkIndex)?.name} master`,
  })
}

async function gate(world: World, report: Report, hop: Hop, packet: Packet, frame: Frame): Promise<Stop | undefined> {
  if (hop.kind === 'bridge') return bridgeGate(world, report, hop, packet, frame)
  for (const station of [hop.from, hop.to]) {
    const stop = isDown(report, station)
    if (stop !== undefined) return stop
  }
  if (hop.kind === 'wire') {
    const stop = tooLarge(report, hop.to.place, hop.to.link, packet)
    if (stop !== undefined) return stop
    report.ok('link', hop.to.place, `ip link: ${stationText(hop.from)} and ${stationText(hop.to)}`, 'a pair, both up')
  }
  // From a macvlan down to what it rides on, and out there.
  if (hop.kind === 'macvlan' && hop.to.link.kind !== 'macvlan') return leaveBy(report, hop.to, packet, frame)
  return comeInBy(report, hop.to, packet, frame)
}

/** nf_hook_egress in __dev_queue_xmit (net/core/dev.c): of every device on the way, a bridge's ports, too. */
export function leaveBy(report: Report, { place, link }: Station, packet: Packet, frame: Frame): Stop | undefined {
  return layer2(report, place, 'egress', packet, frame, { output: link, families: ['netdev'] })
}

/** nf_ingress in __netif_receive_skb_core (net/core/dev.c): a bridge gets what is for it by its own device once more. */
export function comeInBy(report: Report, { place, link }: Station, packet: Packet, frame: Frame): Stop | undefined {
  return layer2(report, place, 'ingress', packet, frame, { input: link, families: ['netdev', 'inet'] })
}

export function isDown(report: Report, { place, link }: Station): Stop | undefined {
  if (link.isUp && link.hasCarrier) return undefined
  // A bridge has a carrier while one of its ports forwards.
  const port = link.isUp ? place.ports(link).find((one) => !one.isUp || !one.hasCarrier) : undefined
  if (port !== undefined) return isDown(report, { place, link: port })
  const blocking = link.isUp ? place.ports(link).find((one) => one.port?.isForwarding === false) : undefined
  if (blocking !== undefined) return doesNotForward(report, place, blocking)
  return report.stop(
    'link',
    place,
    `ip link show ${link.name}`,
    link.isUp ? `${link.name} has no carrier: its other end is down or gone` : `${link.name} is down`,
    {
      kind: 'link',
      object: `${link.name} ${link.isUp ? 'without carrier' : 'down'}`,
      remedy: `ip link set ${link.name} up`,
    },
  )
}

function doesNotForward(report: Report, place: Place, port: Link): Stop {
  return report.stop(
    'bridge',
    place,
    `bridge -d link show dev ${port.name}`,
    `the port ${port.name} does not forward (spanning tree, or set so by hand)`,
    {
      kind: 'bridge',
      object: `${port.name} state`,
      remedy: `bridge link set dev ${port.name} state 3`,
    },
  )
}

/** is_skb_forwardable (net/core/dev.c): a veth and a bridge's port silently drop what is larger than their MTU. */
function tooLarge(report: Report, place: Place, link: Link, packet: Packet): Stop | undefined {
  // One VLAN header more is let pass.
  if (packet.size <= link.mtu + 4) return undefined
  return report.stop(
    'size',
    place,
    `ip link show ${link.name}`,
    `${packet.size} bytes are more than the MTU ${link.mtu} of ${link.name}, and it says nothing`,
    {
      kind: 'size',
      object: `${link.name} mtu ${link.mtu}`,
      remedy: `ip link set ${link.name} mtu ${packet.size}, or the smaller MTU at the sender`,
    },
  )
}

async function bridgeGate(
  world: World,
  report: Report,
  { place, bridge, from, to, isKnown }: Extract<Hop, { kind: 'bridge' }>,
  packet: Packet,
  frame: Frame,
): Promise<Stop | undefined> {
  const looked = `bridge -d link: ${[from?.name ?? bridge.name, to?.name ?? bridge.name].join(' to ')}`
  const stop = (found: string, object: string, remedy: string): Stop =>
    report.stop('bridge', place, looked, found, { kind: 'bridge', object, remedy })
  if (!bridge.isUp)
    return stop(`the bridge ${bridge.name} is down`, `${bridge.name} down`, `ip link set ${bridge.name} up`)
  for (const port of [from, to]) {
    if (port === undefined) continue
    const down = isDown(report, { place, link: port })
    if (down !== undefined) return down
    if (port.port?.isForwarding === false) return doesNotForward(report, place, port)
  }
  if (from?.port?.isIsolated === true && to?.port?.isIsolated === true)
    return stop(
      `the ports ${from.name} and ${to.name} are both isolated`,
      `${from.name} isolated on, ${to.name} isolated on`,
      `bridge link set dev ${to.name} isolated off`,
    )
  if (!isKnown && to?.port?.isFlooding === false)
    return stop(
      `the bridge does not know where ${frame.destination} is, and ${to.name} gets nothing that is sent everywhere`,
      `${to.name} flood off`,
      `bridge link set dev ${to.name} flood on`,
    )
  const vlan = otherVlan(place, bridge, from, to)
  if (vlan !== undefined) return stop(vlan, `bridge vlan of ${bridge.name}`, `bridge vlan add … on both ports`)
  const large = to === undefined ? undefined : tooLarge(report, place, to, packet)
  if (large !== undefined) return large
  report.ok('bridge', place, looked, `${bridge.name} passes it on${isKnown ? '' : ', to every port'}`)
  const refused = await bridgeChains(world, report, place, bridge, from, to, packet, frame)
  if (refused !== undefined) return refused
  return to === undefined
    ? comeInBy(report, { place, link: bridge }, packet, frame)
    : leaveBy(report, { place, link: to }, packet, frame)
}

/** With VLAN filtering both ends have to be in the VLAN that untagged frames of the first belong to. */
function otherVlan(place: Place, bridge: Link, from: Link | undefined, to: Link | undefined): string | undefined {
  if (bridge.isVlanFiltering !== true) return undefined
  const ofLink = (link: Link) => place.survey.vlans.filter(({ linkIndex }) => linkIndex === link.index)
  const source = from ?? bridge
  const target = to ?? bridge
  const own = ofLink(source).find(({ isPvid }) => isPvid)
  if (own === undefined) return `${source.name} is in no VLAN that untagged frames belong to`
  const there = ofLink(target).find(({ vlan }) => vlan === own.vlan)
  if (there === undefined) return `${source.name} is in VLAN ${own.vlan}, ${target.name} is not`
  return there.isUntagged ? undefined : `${target.name} sends VLAN ${own.vlan} with a tag`
}

/** Tables of the family `bridge`; and those of layer 3, when br_netfilter asks them for frames that stay on a bridge. */
async function bridgeChains(
  world: World,
  report: Report,
  place: Place,
  bridge: Link,
  from: Link | undefined,
  to: Link | undefined,
  packet: Packet,
  frame: Frame,
): Promise<Stop | undefined> {
  const sides = {
    ...(from === undefined ? {} : { input: from, inputBridge: bridge }),
    ...(to === undefined ? {} : { output: to, outputBridge: bridge }),
    families: ['bridge' as const],
  }
  const own = {
    ...sides,
    ...(from === undefined ? {} : { input: from }),
    ...(to === undefined ? { output: bridge } : {}),
  }
  const hooks =
    from === undefined
      ? (['output', 'postrouting'] as const)
      : to === undefined
        ? (['prerouting', 'input'] as const)
        : (['prerouting', 'forward', 'postrouting'] as const)
  for (const hook of hooks) {
    const stop = layer2(report, place, hook, packet, frame, hook === 'input' ? { ...own, input: from! } : sides)
    if (stop !== undefined) return stop
  }
  if (from === undefined || to === undefined) return undefined
  const name = packet.family === 'ipv4' ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables'
  if ((await world.kernel.sysctls(place.path, [name]))[name] !== '1') return undefined
  report.note('sysctl', place, `sysctl ${name}`, 'br_netfilter asks the tables of layer 3, too')
  const tracked = place.flows.find(packet)
  for (const hook of ['prerouting', 'forward', 'postrouting'] as const) {
    const result = runHook({
      ruleset: place.survey.ruleset,
      hook,
      packet,
      tracked,
      ...(hook === 'postrouting' ? {} : { input: bridge }),
      ...(hook === 'prerouting' ? {} : { output: bridge }),
      frame,
      addressType: (address, on) => place.addressType(address, on),
      ownAddress: () => place.sourceAddress(bridge, packet.family, packet.destination),
    })
    const stop = report.hook(place, `${hook} (bridged)`, result)
    if (stop !== undefined) return stop
    if (
      result.kind === 'pass' &&
      (result.packet.destination !== packet.destination || result.packet.source !== packet.source)
    )
      return report.unsure('translation', place, hook, 'a bridged packet is translated on its way (br_netfilter)')
  }
  return undefined
}

/** Chains that see frames: none of them tracks connections. */
function layer2(
  report: Report,
  place: Place,
  hook: HookInput['hook'],
  packet: Packet,
  frame: Frame,
  sides: Pick<HookInput, 'input' | 'output' | 'inputBridge' | 'outputBridge' | 'families'>,
): Stop | undefined {
  const result = runHook({
    ruleset: place.survey.ruleset,
    hook,
    packet,
    tracked: undefined,
    ...sides,
    frame,
    addressType: (address, on) => place.addressType(address, on),
    ownAddress: () => undefined,
  })
  const looked = `${(sides.families ?? []).join(' and ')} ${hook}`
  const stop = report.hook(place, looked, result)
  if (stop !== undefined || result.kind !== 'pass' || result.packet.mark === packet.mark) return stop
  return report.unsure(
    'netfilter',
    place,
    looked,
    'a frame is marked, and what that does to the packet is not followed',
  )
}
