/** "Why does this packet not arrive?": a packet and its answer are followed as the kernel would, and what stops them is named. */
import type { Explanation } from '../../api/trestle/explain.ts'
import { isSameAddress } from '../../api/address/address.ts'
import { familyOf } from '../../api/address/family.ts'
import { deliver } from './delivery.ts'
import { exactly, packetText, turned, type Packet, type Protocol } from './packet.ts'
import { Report, type Stop } from './report.ts'
import { Walk, type Outcome } from './walk.ts'
import { stationText, type Place, type Station, type World } from './world.ts'

export interface Question {
  /** A namespace, or `outside`: what comes in by this interface, from this address. */
  from: { place: Place; source?: string } | { station: Station; source: string }
  destination: string
  protocol: Protocol
  /** Absent for a ping. */
  port?: number
  /** Whom it is for; undefined when whoever has the address is right, `outside` when it is to leave. */
  target?: Place | 'outside'
  sizeBytes: number
}

/** net.ipv4.ip_local_port_range, which IPv6 uses, too. */
const portRange = 'net.ipv4.ip_local_port_range'

export async function explain(world: World, question: Question, report = new Report()): Promise<Explanation> {
  const { from } = question
  const place = 'place' in from ? from.place : from.station.place
  const packet = await firstPacket(world, place, question)
  const walk = new Walk(world, report)
  const there = 'place' in from ? await walk.send(place, packet) : await walk.receive(from.station, packet, undefined)
  const sent = walk.sent ?? packet
  const text = packetText({ ...sent, source: sent.source === '' ? place.name : sent.source })
  if (there.kind === 'stop') return ended(report, text, there.stop)
  const wrong = await wrongEnd(world, report, question, there)
  if (wrong !== undefined) return ended(report, text, wrong)
  if (there.kind === 'outside')
    return {
      packet: text,
      verdict: 'arrives',
      sentence: `The packet leaves the machine by ${stationText(there.from)} as ${packetText(there.packet)}; what becomes of it behind that cannot be looked at.`,
      steps: report.steps,
    }
  report.direction = 'back'
  const answer = { ...there.packet, ...turned(there.packet), isReply: true, mark: 0 }
  const back = await walk.send(there.place, answer)
  if (back.kind === 'stop') return ended(report, text, back.stop)
  const lost = wrongWayBack(report, question, back)
  if (lost !== undefined) return ended(report, text, lost)
  report.ok('delivery', place, packetText(back.packet), 'the answer has come back')
  return {
    packet: text,
    verdict: 'arrives',
    sentence: `The packet arrives in ${there.place.name} as ${packetText(there.packet)}, and the answer comes back.`,
    steps: report.steps,
  }
}

async function firstPacket(
  world: World,
  place: Place,
  { from, destination, protocol, port, sizeBytes }: Question,
): Promise<Packet> {
  const range = (await world.kernel.sysctls(place.path, [portRange]))[portRange]?.split(/\s+/).map(Number)
  const [low = 32_768, high = 60_999] = range ?? []
  return {
    family: familyOf(destination),
    protocol,
    source: from.source ?? '',
    destination,
    sourcePort: protocol === 'icmp' ? exactly(0) : { low, high },
    destinationPort: exactly(port ?? 0),
    isReply: false,
    size: sizeBytes,
    mark: 0,
  }
}

async function wrongEnd(
  world: World,
  report: Report,
  { target, destination }: Question,
  there: Exclude<Outcome, { kind: 'stop' }>,
): Promise<Stop | undefined> {
  if (there.kind === 'outside') {
    if (target === undefined || target === 'outside') return undefined
    return report.stop(
      'link',
      there.from.place,
      `ip link show ${there.from.link.name}`,
      `it leaves the machine by ${there.from.link.name}, and ${target.name} is not there`,
      {
        kind: 'route',
        object: `the route to ${destination} by ${there.from.link.name}`,
        remedy: `ip route add ${destination} dev … towards ${target.name}`,
      },
    )
  }
  if (target !== undefined && target !== there.place)
    return report.stop(
      'delivery',
      there.place,
      packetText(there.packet),
      `${there.place.name} takes it as its own, and it is for ${target === 'outside' ? 'the outside' : target.name}`,
      {
        kind: 'address',
        object: `${there.packet.destination} in ${there.place.name}`,
        remedy: `ip address delete ${there.packet.destination}/… in ${there.place.name}`,
      },
    )
  return deliver(world, report, there.place, there.packet, there.input)
}

function wrongWayBack(
  report: Report,
  { from, destination }: Question,
  back: Exclude<Outcome, { kind: 'stop' }>,
): Stop | undefined {
  if (back.kind === 'outside') {
    if (!('place' in from)) return undefined
    return report.stop(
      'link',
      back.from.place,
      `ip link show ${back.from.link.name}`,
      `the answer leaves the machine by ${back.from.link.name}`,
      {
        kind: 'route',
        object: `the route to ${back.packet.destination} by ${back.from.link.name}`,
        remedy: `ip route add ${back.packet.destination} dev …`,
      },
    )
  }
  if ('place' in from && back.place === from.place) {
    if (isSameAddress(back.packet.source, destination)) return undefined
    return report.stop(
      'delivery',
      back.place,
      packetText(back.packet),
      `the answer comes from ${back.packet.source}, and ${destination} was asked`,
      {
        kind: 'nftables',
        object: `no translation back from ${back.packet.source} to ${destination}`,
        remedy: 'the answer has to come back through the namespace that has translated the address: masquerade there',
      },
    )
  }
  return report.stop(
    'delivery',
    back.place,
    packetText(back.packet),
    `${back.place.name} takes the answer, which is for somebody else`,
    {
      kind: 'address',
      object: `${back.packet.destination} in ${back.place.name}`,
      remedy: `ip address delete ${back.packet.destination}/… in ${back.place.name}`,
    },
  )
}

function ended(report: Report, packet: string, { verdict, sentence, cause }: Stop): Explanation {
  return { packet, verdict, sentence, ...(cause === undefined ? {} : { cause }), steps: report.steps }
}
