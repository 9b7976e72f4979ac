/** nf_tables as data: what a batch says, in nft(8)'s words. linux/netfilter/nf_tables.h is the source of every name. */
import type { NftExpression } from './expressions/expression.ts'

export type NftFamily = 'inet' | 'ip' | 'ip6' | 'bridge' | 'netdev'

/** One field of a key or of data; a concatenation is a list of them. */
export type NftValue =
  | { ipv4: string }
  | { ipv6: string }
  /** Padded to IFNAMSIZ, host byte order as the kernel compares it. */
  | { ifname: string }
  | { protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6' }
  | { port: number }
  | { mark: number }

export type NftType = 'ipv4_addr' | 'ipv6_addr' | 'ifname' | 'inet_proto' | 'inet_service' | 'mark' | 'verdict'

export type NftVerdict = { verdict: 'accept' | 'drop' | 'return' | 'continue' } | { verdict: 'jump' | 'goto'; chain: string }

export interface NftElement {
  key: NftValue[]
  /** Inclusive end, field by field, in a set with `interval`. */
  keyEnd?: NftValue[]
  data?: NftValue[] | NftVerdict
}

export type NftHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress'

export type NftCommand =
  | { do: 'add'; table: string; family: NftFamily; object: 'table' }
  | { do: 'add'; table: string; family: NftFamily; object: 'chain'; chain: string; hook?: { type: 'filter' | 'nat' | 'route'; hook: NftHook; priority: number; policy?: 'accept' | 'drop'; device?: string } }
  | { do: 'add'; table: string; family: NftFamily; object: 'set'; set: string; key: NftType[]; data?: NftType[]; isInterval?: boolean }
  | { do: 'add'; table: string; family: NftFamily; object: 'rule'; chain: string; expressions: NftExpression[]; comment?: string }
  | { do: 'add' | 'delete'; table: string; family: NftFamily; object: 'element'; set: string; elements: NftElement[] }
  | { do: 'flush'; table: string; family: NftFamily; object: 'chain'; chain: string }
  | { do: 'flush'; table: string; family: NftFamily; object: 'set'; set: string }
  | { do: 'delete'; table: string; family: NftFamily; object: 'table' }
