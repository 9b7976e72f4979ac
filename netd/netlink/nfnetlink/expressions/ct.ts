/** `ct`: what connection tracking knows of the packet's flow. With `dreg` it loads, with `sreg` it sets (mark, zone, label). */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration, u8 } from '../../codec/format.ts'
import { register } from './register.ts'

export const ct = nested({
  dreg: [1, register],
  /** enum nft_ct_keys, linux/netfilter/nf_tables.h. `proto_dst` takes two bytes, `src_ip` and `dst_ip` four, `src_ip6` and `dst_ip6` 16. */
  key: [
    2,
    enumeration(be32, {
      state: 0,
      direction: 1,
      status: 2,
      mark: 3,
      secmark: 4,
      expiration: 5,
      helper: 6,
      l3protocol: 7,
      src: 8,
      dst: 9,
      protocol: 10,
      proto_src: 11,
      proto_dst: 12,
      labels: 13,
      pkts: 14,
      bytes: 15,
      avgpkt: 16,
      zone: 17,
      eventmask: 18,
      src_ip: 19,
      dst_ip: 20,
      src_ip6: 21,
      dst_ip6: 22,
      id: 23,
    }),
    'required',
  ],
  /** enum ip_conntrack_dir. Required by the keys that differ by direction. */
  direction: [3, enumeration(u8, { original: 0, reply: 1 })],
  sreg: [4, register],
})
