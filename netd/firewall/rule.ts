/** The statements the skeleton is written in: each gives the expressions that nft(8) would make of the text in its comment. */
import { headerField, type NftExpression } from '../kernel/nft.ts'

export type Family = 'ip' | 'ip6'

/** What a key is put together from, and how many 32-bit registers each takes. */
const registers = {
  'ether saddr': 2,
  'arp saddr ether': 2,
  'arp saddr ip': 1,
  'icmpv6 taddr': 4,
  iifname: 4,
  oifname: 4,
  'meta l4proto': 1,
  'th dport': 1,
  'ip saddr': 1,
  'ip daddr': 1,
  'ip6 saddr': 4,
  'ip6 daddr': 4,
} as const

export type Field = keyof typeof registers

export const accept: NftExpression[] = verdict({ code: 'accept' })
export const drop: NftExpression[] = verdict({ code: 'drop' })
/** `return` */
export const leave: NftExpression[] = verdict({ code: 'return' })
export const masquerade: NftExpression[] = [{ name: 'masq', data: {} }]

export function jump(chain: string): NftExpression[] {
  return verdict({ code: 'jump', chain })
}

function verdict(content: { code: 'accept' | 'drop' | 'return' | 'jump'; chain?: string }): NftExpression[] {
  return [{ name: 'immediate', data: { dreg: 'verdict', data: { verdict: content } } }]
}

/** `iifname . ip saddr @set`: the fields in consecutive registers. */
export function isIn(set: string, ...fields: Field[]): NftExpression[] {
  return [...load(fields), { name: 'lookup', data: { set, sreg: 0 } }]
}

/** `iifname . ip saddr != @set` */
export function isNotIn(set: string, ...fields: Field[]): NftExpression[] {
  return [...load(fields), { name: 'lookup', data: { set, sreg: 0, flags: ['inv'] } }]
}

/** `dnat FAMILY to FIELDS map @map`; the map's data is an address, and with `hasPort` a port after it. */
export function dnat(family: Family, map: string, fields: Field[], { hasPort }: { hasPort: boolean }): NftExpression[] {
  return [
    ...(family === 'ip' ? ipv4 : ipv6),
    ...load(fields),
    { name: 'lookup', data: { set: map, sreg: 0, dreg: 0 } },
    {
      name: 'nat',
      data: { type: 'dnat', family, addrMin: 0, ...(hasPort ? { protoMin: family === 'ip' ? 1 : 4 } : {}) },
    },
  ]
}

/** `snat FAMILY to FIELD map @map` */
export function snat(family: Family, map: string, field: Field): NftExpression[] {
  return [
    ...(family === 'ip' ? ipv4 : ipv6),
    ...load([field]),
    { name: 'lookup', data: { set: map, sreg: 0, dreg: 0 } },
    { name: 'nat', data: { type: 'snat', family, addrMin: 0 } },
  ]
}

function load(fields: Field[]): NftExpression[] {
  let dreg = 0
  return fields.map((field): NftExpression => {
    const at = dreg
    dreg += registers[field]
    if (field === 'iifname' || field === 'oifname') return { name: 'meta', data: { key: field, dreg: at } }
    if (field === 'meta l4proto') return { name: 'meta', data: { key: 'l4proto', dreg: at } }
    return { name: 'payload', data: { dreg: at, ...headerField[field] } }
  })
}

/** `meta nfproto ipv4`: in an inet table, before anything that looks into an IPv4 header. */
export const ipv4: NftExpression[] = nfproto('ipv4')
export const ipv6: NftExpression[] = nfproto('ipv6')

function nfproto(nfproto: 'ipv4' | 'ipv6'): NftExpression[] {
  return [
    { name: 'meta', data: { key: 'nfproto', dreg: 0 } },
    { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ nfproto }] } } },
  ]
}

/** `meta l4proto icmp` */
export function l4proto(protocol: 'icmp' | 'icmpv6'): NftExpression[] {
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: 0 } },
    { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ protocol }] } } },
  ]
}

/** `ip saddr 127.0.0.0/8`: whole bytes of a prefix are compared as they are. */
export function isLoopback(field: 'ip saddr' | 'ip daddr'): NftExpression[] {
  return [
    ...ipv4,
    { name: 'payload', data: { dreg: 0, ...headerField[field], len: 1 } },
    { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ bytes: Uint8Array.of(127) }] } } },
  ]
}

/** `ip6 daddr ::1` */
export const toLoopbackIpv6: NftExpression[] = [
  ...ipv6,
  { name: 'payload', data: { dreg: 0, ...headerField['ip6 daddr'] } },
  { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ ipv6: '::1' }] } } },
]

/** `fib daddr type local`: addressed to this machine. */
export const toThisHost: NftExpression[] = [
  { name: 'fib', data: { dreg: 0, result: 'type', flags: ['daddr'] } },
  { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ addressType: 'local' }] } } },
]

/** `ct status dnat`: of a flow that came through a published port. */
export const isPublished: NftExpression[] = hasAny('status', { ctStatus: ['dnat'] })

/** `ct state established,related` */
export const isKnownFlow: NftExpression[] = hasAny('state', { ctState: ['established', 'related'] })

function hasAny(
  key: 'status' | 'state',
  mask: { ctStatus: ['dnat'] } | { ctState: ['established', 'related'] },
): NftExpression[] {
  const zero = [{ mark: 0 }]
  return [
    { name: 'ct', data: { key, dreg: 0 } },
    { name: 'bitwise', data: { sreg: 0, dreg: 0, len: 4, mask: { value: [mask] }, xor: { value: zero } } },
    { name: 'cmp', data: { sreg: 0, op: 'neq', data: { value: zero } } },
  ]
}
