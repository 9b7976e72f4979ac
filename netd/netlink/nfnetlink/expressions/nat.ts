/** `nat`: a new source or destination, from registers; a map's data (`ipv4_addr . inet_service`) lies in consecutive ones. */
import { nested } from '../../codec/attributes.ts'
import { be32, bits, enumeration } from '../../codec/format.ts'
import { register } from './register.ts'

/** NF_NAT_RANGE_*, linux/netfilter/nf_nat.h. The kernel sets `map-ips` and `proto-specified` itself, from the registers given. */
export const natFlags = bits(be32, {
  'map-ips': 1,
  'proto-specified': 2,
  random: 4,
  persistent: 8,
  'fully-random': 16,
  netmap: 64,
})

export const nat = nested({
  /** enum nft_nat_types, linux/netfilter/nf_tables.h. */
  type: [1, enumeration(be32, { snat: 0, dnat: 1 }), 'required'],
  /** NFPROTO_IPV4, NFPROTO_IPV6: in an inet table, the family whose packets this rule sees. */
  family: [2, enumeration(be32, { ip: 2, ip6: 10 }), 'required'],
  addrMin: [3, register],
  addrMax: [4, register],
  protoMin: [5, register],
  protoMax: [6, register],
  flags: [7, natFlags],
})
