/** A value beside what it is compared with, as nft(8) prints it. */
import { addressText } from '../../../api/address/bytes.ts'

const protocols: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' }
const families: Record<number, string> = { 2: 'ipv4', 10: 'ipv6' }
const addressTypes = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
]
/** Bits of `ct state` and `ct status`, linux/netfilter/nf_conntrack_common.h. */
const ctStates = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 }
const ctStatuses = { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 }
const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 }

/** The least significant byte first, as the machine has it. */
const number = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0)
const bigEndian = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0)
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
const name = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').replace(/\0.*$/s, '')

function flags(value: number, names: Record<string, number>): string {
  const found = Object.entries(names).filter(([, bit]) => (value & bit) !== 0)
  return found.length === 0 ? `0x${value.toString(16)}` : found.map(([word]) => word).join(',')
}

/** @param what in nft's words: `ip daddr`, `meta mark` */
export function valueText(what: string | undefined, bytes: Uint8Array): string {
  switch (what?.split(' & ')[0]) {
    case 'ip saddr':
    case 'ip daddr':
    case 'ip6 saddr':
    case 'ip6 daddr':
    case 'ct original ip saddr':
    case 'ct original ip daddr': {
      const whole = what.startsWith('ip6') ? 16 : 4
      const address = addressText(
        Buffer.concat([bytes, Buffer.alloc(Math.max(0, whole - bytes.length))]).subarray(0, whole),
      )
      return bytes.length < whole ? `${address}/${bytes.length * 8}` : address
    }
    case 'th sport':
    case 'th dport':
      return String(bigEndian(bytes.subarray(0, 2)))
    case 'meta l4proto':
    case 'ip protocol':
    case 'ip6 nexthdr':
      return protocols[bytes[0] ?? 0] ?? String(bytes[0])
    case 'meta nfproto':
      return families[bytes[0] ?? 0] ?? String(bytes[0])
    case 'tcp flags':
      return flags(bytes[0] ?? 0, tcpFlags)
    case 'ct state':
      return flags(number(bytes), ctStates)
    case 'ct status':
      return flags(number(bytes), ctStatuses)
    case 'fib daddr type':
    case 'fib saddr type':
      return addressTypes[number(bytes)] ?? hex(bytes)
    case 'iifname':
    case 'oifname':
    case 'meta ibrname':
    case 'meta obrname':
      return `"${name(bytes)}${bytes.length < 16 && !bytes.includes(0) ? '*' : ''}"`
    case 'meta mark':
    case 'ct mark':
      return `0x${number(bytes).toString(16)}`
    case 'iif':
    case 'oif':
      return String(number(bytes))
    default:
      return hex(bytes)
  }
}
