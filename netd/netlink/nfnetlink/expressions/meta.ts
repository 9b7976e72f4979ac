/** `meta`: what the packet carries besides its bytes. With `dreg` it loads into a register, with `sreg` it sets. */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration } from '../../codec/format.ts'
import { register } from './register.ts'

export const meta = nested({
  dreg: [1, register],
  /** enum nft_meta_keys, linux/netfilter/nf_tables.h. Names take 16 bytes, l4proto and nfproto one, the others four. */
  key: [
    2,
    enumeration(be32, {
      len: 0,
      protocol: 1,
      priority: 2,
      mark: 3,
      iif: 4,
      oif: 5,
      iifname: 6,
      oifname: 7,
      iiftype: 8,
      oiftype: 9,
      skuid: 10,
      skgid: 11,
      nftrace: 12,
      rtclassid: 13,
      secmark: 14,
      nfproto: 15,
      l4proto: 16,
      ibrname: 17,
      obrname: 18,
      pkttype: 19,
      cpu: 20,
      iifgroup: 21,
      oifgroup: 22,
      cgroup: 23,
      random: 24,
      secpath: 25,
      iifkind: 26,
      oifkind: 27,
    }),
    'required',
  ],
  sreg: [3, register],
})
