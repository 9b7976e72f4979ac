/**
 * Typed fields of nf_tables keys, data and comparisons. The kernel sees bytes only: one field stands as it is, the
 * fields of a concatenation are each padded to the 32 bits of a register (NFT_REG32_SIZE, linux/netfilter/nf_tables.h).
 */
import { addressBytes, addressText } from '../../../api/address/bytes.ts'

const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 } as const
/** NFPROTO_*, linux/netfilter.h. */
const families = { ipv4: 2, ipv6: 10 } as const
/** RTN_*, linux/rtnetlink.h: what `fib … type` and `addrtype` tell apart. */
const addressTypes = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const
/** NF_CT_STATE_BIT of enum ip_conntrack_info, linux/netfilter/nf_conntrack_common.h. */
const ctStates = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const
/** IPS_*, same header. */
const ctStatuses = { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 } as const

/** One field of a key or of data; a concatenation is a list of them. */
export type NftValue =
  | { ipv4: string }
  | { ipv6: string }
  /** Padded to IFNAMSIZ, host byte order as the kernel compares it. */
  | { ifname: string }
  /** Six bytes in hexadecimal, with colons. */
  | { mac: string }
  /** As `docker*`: compares only the bytes given. For cmp, not for sets. */
  | { ifnamePrefix: string }
  | { protocol: keyof typeof protocols }
  | { nfproto: keyof typeof families }
  | { port: number }
  | { mark: number }
  | { addressType: keyof typeof addressTypes }
  | { ctState: (keyof typeof ctStates)[] }
  | { ctStatus: (keyof typeof ctStatuses)[] }
  /** Anything else, as it lies in the register. */
  | { bytes: Uint8Array }

const ifnameSize = 16

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

function encodeValue(value: NftValue): Uint8Array {
  if ('ipv4' in value) return addressBytes(value.ipv4)
  if ('ipv6' in value) return addressBytes(value.ipv6)
  if ('ifname' in value) {
    const bytes = Buffer.alloc(ifnameSize)
    if (bytes.write(value.ifname) >= ifnameSize)
      throw new RangeError(`interface name longer than 15 bytes: ${value.ifname}`)
    return bytes
  }
  if ('mac' in value) return Buffer.from(value.mac.replaceAll(':', ''), 'hex')
  if ('ifnamePrefix' in value) return Buffer.from(value.ifnamePrefix)
  if ('protocol' in value) return Uint8Array.of(protocols[value.protocol])
  if ('nfproto' in value) return Uint8Array.of(families[value.nfproto])
  if ('port' in value) return Uint8Array.of(value.port >> 8, value.port & 0xff)
  if ('mark' in value) return u32(value.mark)
  if ('addressType' in value) return u32(addressTypes[value.addressType])
  if ('ctState' in value) return u32(value.ctState.reduce((all, state) => all | ctStates[state], 0))
  if ('ctStatus' in value) return u32(value.ctStatus.reduce((all, status) => all | ctStatuses[status], 0))
  return value.bytes
}

export function encodeValues(values: readonly NftValue[]): Uint8Array {
  const [only] = values
  if (only !== undefined && values.length === 1) return encodeValue(only)
  return Buffer.concat(
    values.map((value) => {
      const bytes = encodeValue(value)
      return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
    }),
  )
}

/** Types of set keys and map data, in nft(8)'s words. */
export type NftType =
  'ipv4_addr' | 'ipv6_addr' | 'ether_addr' | 'ifname' | 'inet_proto' | 'inet_service' | 'mark' | 'verdict'

/**
 * `id` is `enum datatypes` of nftables' include/datatype.h, which the kernel stores and nft reads back to print elements;
 * a concatenation's id is its fields' ids, six bits each, the first one highest.
 */
export const nftTypes: Record<
  Exclude<NftType, 'verdict'>,
  { id: number; size: number; isBigEndian: boolean; decode: (bytes: Buffer) => NftValue }
> = {
  ipv4_addr: { id: 7, size: 4, isBigEndian: true, decode: (bytes) => ({ ipv4: addressText(bytes) }) },
  ipv6_addr: { id: 8, size: 16, isBigEndian: true, decode: (bytes) => ({ ipv6: addressText(bytes) }) },
  ether_addr: { id: 9, size: 6, isBigEndian: true, decode: decodeMac },
  inet_proto: { id: 12, size: 1, isBigEndian: true, decode: decodeProtocol },
  inet_service: { id: 13, size: 2, isBigEndian: true, decode: (bytes) => ({ port: bytes.readUInt16BE() }) },
  mark: { id: 19, size: 4, isBigEndian: false, decode: (bytes) => ({ mark: bytes.readUInt32LE() }) },
  ifname: {
    id: 41,
    size: ifnameSize,
    isBigEndian: false,
    decode: (bytes) => ({ ifname: bytes.toString('utf8').replace(/\0.*$/s, '') }),
  },
}

function decodeMac(bytes: Buffer): NftValue {
  return { mac: bytes.toString('hex').replaceAll(/..(?!$)/g, '$&:') }
}

function decodeProtocol(bytes: Buffer): NftValue {
  const found = Object.entries(protocols).find(([, number]) => number === bytes[0])
  return found === undefined ? { bytes: Buffer.from(bytes) } : { protocol: found[0] as keyof typeof protocols }
}
