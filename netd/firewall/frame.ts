/** Statements about Ethernet frames, for a table of the bridge family; each gives what nft(8) would make of the text in its comment. */
import { headerField, type NftExpression } from '../kernel/nft.ts'
import { l4proto } from './rule.ts'

/** Of linux/if_ether.h. */
const etherTypes = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd } as const

/** Of RFC 4861, 4. */
const icmpv6Types = {
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'nd-redirect': 137,
} as const

type Load = { base: 'link' | 'network' | 'transport'; offset: number; len: number }

function is(field: Load, bytes: number[], op: 'eq' | 'neq' = 'eq'): NftExpression[] {
  return [
    { name: 'payload', data: { dreg: 0, ...field } },
    { name: 'cmp', data: { sreg: 0, op, data: { value: [{ bytes: Uint8Array.from(bytes) }] } } },
  ]
}

/**
 * `ether type arp`: what the frame itself says. `meta protocol` says the same of a frame with a VLAN tag, which a receiver
 * takes off when its number is 0 (RFC 9542; CVE-2021-27853).
 */
export function etherType(type: keyof typeof etherTypes): NftExpression[] {
  return is(headerField['ether type'], [etherTypes[type] >> 8, etherTypes[type] & 0xff])
}

/** `arp saddr ip 0.0.0.0`: of a probe, RFC 5227. */
export const isArpProbe: NftExpression[] = is(headerField['arp saddr ip'], [0, 0, 0, 0])

/** `ip6 saddr ::` */
export const fromUnspecified: NftExpression[] = is(headerField['ip6 saddr'], Array<number>(16).fill(0))

/** `ip6 daddr ff02::/16`: everybody on the link. */
export const toLinkLocalGroup: NftExpression[] = is({ ...headerField['ip6 daddr'], len: 2 }, [0xff, 0x02])

/** `icmpv6 type nd-neighbor-solicit` */
export function icmpv6Type(type: keyof typeof icmpv6Types): NftExpression[] {
  return [...l4proto('icmpv6'), ...is(headerField['icmpv6 type'], [icmpv6Types[type]])]
}

/** Where the options of neighbour discovery begin: behind the header, and the target where there is one. */
const optionsOf = { 'nd-router-solicit': 8, 'nd-neighbor-solicit': 24, 'nd-neighbor-advert': 24 } as const
/** Source and target link-layer address: RFC 4861, 4.6.1; its length is one unit of eight bytes. */
const addressOption = { 'nd-router-solicit': 1, 'nd-neighbor-solicit': 1, 'nd-neighbor-advert': 2 } as const

type Discovery = keyof typeof optionsOf

/** The first option is there, and no link-layer address; `@th,192,16 != 0x0101`. */
export function hasOtherOption(type: Discovery): NftExpression[] {
  return [
    ...icmpv6Type(type),
    ...is({ base: 'transport', offset: optionsOf[type], len: 2 }, [addressOption[type], 1], 'neq'),
  ]
}

/** `iifname . @th,208,48 != @set`: the link-layer address in the first option. */
export function optionIsNotIn(set: string, type: Discovery): NftExpression[] {
  return [
    ...icmpv6Type(type),
    { name: 'meta', data: { key: 'iifname', dreg: 0 } },
    { name: 'payload', data: { dreg: 4, base: 'transport', offset: optionsOf[type] + 2, len: 6 } },
    { name: 'lookup', data: { set, sreg: 0, flags: ['inv'] } },
  ]
}
