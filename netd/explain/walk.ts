/** The way of one packet through namespaces, as the kernel would take it. */
import type { Link, RouteQuestion } from '../kernel/model.ts'
import type { RulesetHook } from '../kernel/nft.ts'
import { carry, comeInBy, isDown, leaveBy } from './frame.ts'
import type { Tracked } from './flow.ts'
import { runHook, type HookResult } from './hooks.ts'
import { resolve } from './neighbour.ts'
import { isSameTuple, packetText, tupleOf, type Packet } from './packet.ts'
import type { Report, Stop } from './report.ts'
import { route, type Routed } from './routing.ts'
import type { Frame } from './frame.ts'
import { stationText, type Place, type Station, type World } from './world.ts'

/** More routers than any topology has: a loop. */
const mostHops = 32

export type Outcome =
  | { kind: 'local'; place: Place; input: Link; packet: Packet }
  /** Out of what can be looked into. */
  | { kind: 'outside'; from: Station; packet: Packet }
  | { kind: 'stop'; stop: Stop }

export class Walk {
  readonly #world: World
  readonly #report: Report
  #hops = 0
  /** The packet as it was sent: with its source. */
  sent: Packet | undefined

  constructor(world: World, report: Report) {
    this.#world = world
    this.#report = report
  }

  /** A packet of a socket in this namespace. Without a source it gets the one that the route has. */
  async send(place: Place, unbound: Packet): Promise<Outcome> {
    const first = await route(this.#world, this.#report, place, unbound)
    if (first.kind === 'stop') return first
    if (first.kind === 'local') throw new Error('a packet of our own always leaves by an interface, if only by lo')
    const packet = { ...unbound, source: unbound.source === '' ? (first.source ?? '') : unbound.source }
    this.sent = packet
    if (packet.source === '') return { kind: 'stop', stop: this.#noSource(place, packet, first.output) }
    const tracked = this.#track(place, packet)
    const output = await this.#hook(place, 'output', packet, tracked, { output: first.output })
    if ('stop' in output) return { kind: 'stop', stop: output.stop }
    let onward: Routed = first
    // ip_route_me_harder (net/netfilter/utils.c): another destination or mark, another route.
    if (output.packet.destination !== packet.destination || output.packet.mark !== packet.mark) {
      onward = await route(this.#world, this.#report, place, output.packet)
      if (onward.kind === 'stop') return onward
    }
    if (onward.kind !== 'forward') throw new Error('a packet of our own always leaves by an interface, if only by lo')
    return this.#transmit(place, onward, output.packet, tracked, undefined)
  }

  /** A packet that has come in by an interface. */
  async receive(
    { place, link }: Station,
    packet: Packet,
    frame: Frame | undefined,
    attached?: { tracked: Tracked | undefined },
  ): Promise<Outcome> {
    if (++this.#hops > mostHops)
      return {
        kind: 'stop',
        stop: this.#report.stop(
          'route',
          place,
          packetText(packet),
          `it has been through ${mostHops} routers: it goes round in circles`,
          { kind: 'route', object: 'a loop of routes', remedy: 'correct the routes of the namespaces above' },
        ),
      }
    const disabled = await this.#isWithoutIpv6(place, link, packet)
    if (disabled !== undefined) return { kind: 'stop', stop: disabled }
    const { tracked } = attached ?? { tracked: this.#track(place, packet) }
    const before = await this.#hook(place, 'prerouting', packet, tracked, {
      input: link,
      ...(frame === undefined ? {} : { frame }),
    })
    if ('stop' in before) return { kind: 'stop', stop: before.stop }
    const arrived = before.packet
    // What has come round by lo has its route already (ip_rcv_finish_core, net/ipv4/ip_input.c).
    const routed: Routed =
      attached === undefined ? await route(this.#world, this.#report, place, arrived, link) : { kind: 'local' }
    if (routed.kind === 'stop') return routed
    if (routed.kind === 'forward') return this.#forward({ place, link }, routed, arrived, tracked, frame)
    const input = await this.#hook(place, 'input', arrived, tracked, {
      input: link,
      ...(frame === undefined ? {} : { frame }),
    })
    if ('stop' in input) return { kind: 'stop', stop: input.stop }
    return { kind: 'local', place, input: link, packet: input.packet }
  }

  async #forward(
    { place, link }: Station,
    onward: Extract<Routed, { kind: 'forward' }>,
    packet: Packet,
    tracked: Tracked | undefined,
    frame: Frame | undefined,
  ): Promise<Outcome> {
    const stop = (await this.#isNotForwarding(place, link, packet)) ?? this.#isTooLarge(place, onward.output, packet)
    if (stop !== undefined) return { kind: 'stop', stop }
    const result = await this.#hook(place, 'forward', packet, tracked, {
      input: link,
      output: onward.output,
      ...(frame === undefined ? {} : { frame }),
    })
    if ('stop' in result) return { kind: 'stop', stop: result.stop }
    return this.#transmit(place, onward, result.packet, tracked, link)
  }

  async #transmit(
    place: Place,
    { output, nextHop: towards }: Extract<Routed, { kind: 'forward' }>,
    before: Packet,
    tracked: Tracked | undefined,
    input: Link | undefined,
  ): Promise<Outcome> {
    const after = await this.#hook(place, 'postrouting', before, tracked, {
      output,
      ...(input === undefined ? {} : { input }),
      nextHop: towards,
    })
    if ('stop' in after) return { kind: 'stop', stop: after.stop }
    const { packet } = after
    const station = { place, link: output }
    // The packet keeps its flow on the way through lo.
    if (output.isLoopback) return await this.#throughLoopback(station, packet, tracked)
    const stop = isDown(this.#report, station) ?? this.#isTooLarge(place, output, packet)
    if (stop !== undefined) return { kind: 'stop', stop }
    const resolved = await resolve(this.#world, this.#report, station, towards)
    if ('stop' in resolved) return { kind: 'stop', stop: resolved.stop }
    if ('edge' in resolved) return this.#leaves(resolved.edge, packet)
    const frame = { source: output.mac, destination: resolved.mac, isLearned: resolved.isLearned === true }
    const carried = await carry(this.#world, this.#report, station, frame, packet, towards)
    if ('stop' in carried) return { kind: 'stop', stop: carried.stop }
    if ('edge' in carried) return this.#leaves(carried.edge, packet)
    return this.receive(carried.at, { ...packet, mark: carried.mark }, frame)
  }

  #throughLoopback(station: Station, packet: Packet, tracked: Tracked | undefined): Promise<Outcome> | Outcome {
    // eth_hdr of a packet that goes round by lo: all zero.
    const frame = { source: station.link.mac, destination: station.link.mac, isLearned: true }
    const stop = leaveBy(this.#report, station, packet, frame) ?? comeInBy(this.#report, station, packet, frame)
    if (stop !== undefined) return { kind: 'stop', stop }
    return this.receive(station, packet, undefined, { tracked })
  }

  #leaves(from: Station, packet: Packet): Outcome {
    this.#report.note(
      'link',
      from.place,
      `ip link show ${from.link.name}`,
      `it leaves by ${stationText(from)}, behind which nothing can be looked at`,
    )
    return { kind: 'outside', from, packet }
  }

  #track(place: Place, packet: Packet): Tracked | undefined {
    return place.flows.find(packet)
  }

  async #hook(
    place: Place,
    hook: RulesetHook,
    packet: Packet,
    tracked: Tracked | undefined,
    { input, output, frame, nextHop }: { input?: Link; output?: Link; frame?: Frame; nextHop?: string },
  ): Promise<{ packet: Packet } | { stop: Stop }> {
    const { ruleset, legacyTables } = place.survey
    if (legacyTables.length > 0)
      return {
        stop: this.#report.unsure(
          'netfilter',
          place,
          `${hook}: iptables-legacy`,
          `the older iptables has tables (${legacyTables.join(', ')}) that nothing but itself can read`,
        ),
      }
    const wayBack = await this.#wayBack(place, packet, input)
    const result: HookResult = runHook({
      ruleset,
      hook,
      packet,
      tracked,
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      ...(frame === undefined ? {} : { frame }),
      ...(wayBack === undefined ? {} : { wayBack }),
      addressType: (address, on) => place.addressType(address, on),
      ownAddress: (side) =>
        side === 'source'
          ? output && place.sourceAddress(output, packet.family, nextHop ?? packet.destination)
          : hook === 'output'
            ? packet.family === 'ipv4'
              ? '127.0.0.1'
              : '::1'
            : input && place.sourceAddress(input, packet.family, packet.source),
    })
    const stop = this.#report.hook(place, hook, result)
    if (stop !== undefined) return { stop }
    if (tracked?.isUntracked === true && tracked.direction === 'original') place.flows.forget(tracked.flow)
    if (result.kind !== 'pass') throw new Error('what does not pass has been reported')
    if (!isSameTuple(result.packet, packet))
      this.#report.ok(
        'translation',
        place,
        `conntrack, ${hook}`,
        `${packetText({ ...packet, ...tupleOf(packet) })} is now ${packetText(result.packet)}`,
      )
    return { packet: result.packet }
  }

  /** Asked only where a rule asks (`fib saddr … oif`): reverse path filters of firewalls. */
  async #wayBack(place: Place, packet: Packet, input: Link | undefined): Promise<{ outputIndex?: number } | undefined> {
    const isAsked = place.survey.ruleset.chains.some(({ rules }) =>
      rules.some(({ expressions }) =>
        expressions.some((one) => one.name === 'fib' && one.data.flags.includes('saddr')),
      ),
    )
    if (!isAsked || input === undefined) return undefined
    const ask: RouteQuestion = { destination: packet.source, mark: packet.mark }
    const answer = await this.#world.kernel.lookupRoute(place.path, ask)
    return 'route' in answer && answer.route.linkIndex !== undefined ? { outputIndex: answer.route.linkIndex } : {}
  }

  #noSource(place: Place, packet: Packet, output: Link): Stop {
    return this.#report.stop(
      'route',
      place,
      `ip address show ${output.name}`,
      `there is no ${packet.family === 'ipv4' ? 'IPv4' : 'IPv6'} address to send from`,
      {
        kind: 'address',
        object: `no address on ${output.name}`,
        remedy: `ip address add … dev ${output.name}`,
      },
    )
  }

  async #isWithoutIpv6(place: Place, link: Link, packet: Packet): Promise<Stop | undefined> {
    if (packet.family !== 'ipv6') return undefined
    const name = `net.ipv6.conf.${link.name.replaceAll('.', '/')}.disable_ipv6`
    const value = (await this.#world.kernel.sysctls(place.path, [name]))[name]
    if (value !== '1') return undefined
    return this.#report.stop('sysctl', place, `sysctl ${name}`, `IPv6 is disabled on ${link.name}`, {
      kind: 'sysctl',
      object: `${name} = 1`,
      remedy: `sysctl -w ${name}=0`,
    })
  }

  /** Of IPv4 the routing tables tell (./routing.ts); ip6_forward looks when the route is known (net/ipv6/ip6_output.c). */
  async #isNotForwarding(place: Place, link: Link, packet: Packet): Promise<Stop | undefined> {
    if (packet.family !== 'ipv6') return undefined
    const all = 'net.ipv6.conf.all.forwarding'
    const forced = `net.ipv6.conf.${link.name.replaceAll('.', '/')}.force_forwarding`
    const values = await this.#world.kernel.sysctls(place.path, [all, forced])
    if (values[all] !== '0' || values[forced] === '1') return undefined
    return this.#report.stop(
      'sysctl',
      place,
      `sysctl ${all}`,
      `it is for somebody else, and ${place.name} does not forward`,
      { kind: 'sysctl', object: `${all} = 0`, remedy: `sysctl -w ${all}=1` },
    )
  }

  /** A datagram may be cut in pieces; what says "don't fragment" is sent back (RFC 1191), and so is all of IPv6. */
  #isTooLarge(place: Place, output: Link, packet: Packet): Stop | undefined {
    if (packet.size <= output.mtu) return undefined
    return this.#report.stop(
      'size',
      place,
      `ip link show ${output.name}`,
      `${packet.size} bytes do not pass the MTU ${output.mtu} of ${output.name}; the sender is told (ICMP, fragmentation needed)`,
      {
        kind: 'size',
        object: `${output.name} mtu ${output.mtu}`,
        remedy: `ip link set ${output.name} mtu ${packet.size}, or send less at once`,
      },
    )
  }
}
