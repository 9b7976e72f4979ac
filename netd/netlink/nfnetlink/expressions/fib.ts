/** `fib`: asks the routing table about the packet: `fib daddr type local` is `{ flags: ['daddr'], result: 'type' }` and a cmp. */
import { nested } from '../../codec/attributes.ts'
import { be32, bits, enumeration } from '../../codec/format.ts'
import { register } from './register.ts'

export const fib = nested({
  dreg: [1, register, 'required'],
  /** enum nft_fib_result, linux/netfilter/nf_tables.h. `oifname` takes 16 bytes, the others four. */
  result: [2, enumeration(be32, { oif: 1, oifname: 2, type: 3 }), 'required'],
  /** enum nft_fib_flags. */
  flags: [3, bits(be32, { saddr: 1, daddr: 2, mark: 4, iif: 8, oif: 16, present: 32 }), 'required'],
})
