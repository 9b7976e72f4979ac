/** `payload`: bytes of the packet into a register. */
import { nested, type ValuesOf } from '../../codec/attributes.ts'
import { be32, enumeration } from '../../codec/format.ts'
import { register } from './register.ts'

export const payload = nested({
  dreg: [1, register, 'required'],
  /** enum nft_payload_bases, linux/netfilter/nf_tables.h. */
  base: [2, enumeration(be32, { link: 0, network: 1, transport: 2, inner: 3 }), 'required'],
  offset: [3, be32, 'required'],
  len: [4, be32, 'required'],
})

/**
 * Where fields lie, named as nft(8) names them: RFC 791, RFC 8200, RFC 826, RFC 4861; TCP, UDP and SCTP have their ports in
 * the same place.
 */
export const headerField = {
  'ether saddr': { base: 'link', offset: 6, len: 6 },
  'ether type': { base: 'link', offset: 12, len: 2 },
  'arp saddr ether': { base: 'network', offset: 8, len: 6 },
  'arp saddr ip': { base: 'network', offset: 14, len: 4 },
  'ip saddr': { base: 'network', offset: 12, len: 4 },
  'ip daddr': { base: 'network', offset: 16, len: 4 },
  'ip protocol': { base: 'network', offset: 9, len: 1 },
  'ip6 saddr': { base: 'network', offset: 8, len: 16 },
  'ip6 daddr': { base: 'network', offset: 24, len: 16 },
  'th sport': { base: 'transport', offset: 0, len: 2 },
  'th dport': { base: 'transport', offset: 2, len: 2 },
  'icmp type': { base: 'transport', offset: 0, len: 1 },
  'icmpv6 type': { base: 'transport', offset: 0, len: 1 },
  'icmpv6 taddr': { base: 'transport', offset: 8, len: 16 },
} as const satisfies Record<string, Omit<ValuesOf<typeof payload.table>, 'dreg'>>
