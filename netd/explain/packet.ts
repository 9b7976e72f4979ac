/**
 * One packet, as far as it is known. What is not known exactly is an interval: a client's source port is any of
 * `net.ipv4.ip_local_port_range`, an IPv4 identification any of 16 bits.
 */
import { addressBytes } from '../../api/address/bytes.ts'
import type { IpFamily } from '../../api/address/family.ts'
import { once } from './once.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp' | 'icmp'

/** Both ends included. */
export interface Interval {
  low: number
  high: number
}

export const exactly = (value: number): Interval => ({ low: value, high: value })

/** What tells one flow from another; of ICMP echo there are no ports, and both intervals are 0. */
export interface Tuple {
  source: string
  destination: string
  sourcePort: Interval
  destinationPort: Interval
}

export interface Packet extends Tuple {
  family: IpFamily
  protocol: Protocol
  /** The answer to the packet in question: SYN and ACK, an echo reply. */
  isReply: boolean
  /** With the IP header, in bytes. */
  size: number
  mark: number
}

export const turned = ({ source, destination, sourcePort, destinationPort }: Tuple): Tuple => ({
  source: destination,
  destination: source,
  sourcePort: destinationPort,
  destinationPort: sourcePort,
})

export const tupleOf = ({ source, destination, sourcePort, destinationPort }: Tuple): Tuple => ({
  source,
  destination,
  sourcePort,
  destinationPort,
})

const isSameInterval = (one: Interval, other: Interval): boolean => one.low === other.low && one.high === other.high

export const isSameTuple = (one: Tuple, other: Tuple): boolean =>
  one.source === other.source &&
  one.destination === other.destination &&
  isSameInterval(one.sourcePort, other.sourcePort) &&
  isSameInterval(one.destinationPort, other.destinationPort)

/** IPPROTO_*, linux/in.h. */
export function protocolNumber({ protocol, family }: Pick<Packet, 'protocol' | 'family'>): number {
  return { tcp: 6, udp: 17, sctp: 132, icmp: family === 'ipv4' ? 1 : 58 }[protocol]
}

/** Bytes of which each lies between two bounds, both included; compared as a whole, most significant byte first. */
export interface Bytes {
  low: Uint8Array
  high: Uint8Array
}

export const known = (value: Uint8Array): Bytes => ({ low: value, high: value })
export const anything = (length: number): Bytes => ({
  low: new Uint8Array(length),
  high: new Uint8Array(length).fill(0xff),
})

export function u16be({ low, high }: Interval): Bytes {
  return { low: Uint8Array.of(low >> 8, low & 0xff), high: Uint8Array.of(high >> 8, high & 0xff) }
}

export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

function concat(parts: Bytes[]): Bytes {
  return { low: Buffer.concat(parts.map(({ low }) => low)), high: Buffer.concat(parts.map(({ high }) => high)) }
}

/** RFC 791 and RFC 8200, without options. Hop limits and checksums are what the way makes of them. */
export const networkHeader = once((packet: Packet): Bytes => {
  const addresses = [known(addressBytes(packet.source)), known(addressBytes(packet.destination))]
  const protocol = known(Uint8Array.of(protocolNumber(packet)))
  if (packet.family === 'ipv4')
    return concat([
      known(Uint8Array.of(0x45, 0)),
      u16be(exactly(packet.size)),
      anything(2),
      // Path MTU discovery: TCP sends with "don't fragment".
      packet.protocol === 'tcp'
        ? known(Uint8Array.of(0x40, 0))
        : { low: Uint8Array.of(0, 0), high: Uint8Array.of(0x40, 0) },
      anything(1),
      protocol,
      anything(2),
      ...addresses,
    ])
  return concat([
    known(Uint8Array.of(0x60)),
    anything(3),
    u16be(exactly(packet.size - 40)),
    protocol,
    anything(1),
    ...addresses,
  ])
})

/** RFC 9293, RFC 768, RFC 9260, RFC 792 and RFC 4443. */
export const transportHeader = once((packet: Packet): Bytes => {
  const ports = [u16be(packet.sourcePort), u16be(packet.destinationPort)]
  switch (packet.protocol) {
    case 'tcp':
      return concat([
        ...ports,
        anything(4),
        packet.isReply ? anything(4) : known(new Uint8Array(4)),
        // Data offset with options, SYN, and ACK in the answer.
        { low: Uint8Array.of(0x50), high: Uint8Array.of(0xf0) },
        known(Uint8Array.of(packet.isReply ? 0x12 : 0x02)),
        anything(4),
        known(new Uint8Array(2)),
      ])
    case 'udp':
      return concat([...ports, anything(4)])
    case 'sctp':
      return concat([...ports, anything(8)])
    default: {
      const request = packet.family === 'ipv4' ? [8, 0] : [128, 129]
      return concat([known(Uint8Array.of(request[packet.isReply ? 1 : 0]!, 0)), anything(6)])
    }
  }
})

const port = ({ low, high }: Interval): string => (low === high ? String(low) : `${low}-${high}`)

const withPort = (address: string, interval: Interval, packet: Packet): string =>
  packet.protocol === 'icmp'
    ? address
    : interval.low !== interval.high
      ? address
      : `${packet.family === 'ipv6' ? `[${address}]` : address}:${port(interval)}`

/** `tcp 10.0.0.2 -> 10.0.0.3:80`. */
export function packetText(packet: Packet): string {
  const what = packet.protocol === 'icmp' ? (packet.isReply ? 'echo reply' : 'ping') : packet.protocol
  return `${what} ${withPort(packet.source, packet.sourcePort, packet)} -> ${withPort(packet.destination, packet.destinationPort, packet)}`
}
