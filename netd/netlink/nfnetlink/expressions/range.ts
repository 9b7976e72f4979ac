/** `range`: a register between two values, both included, or not between them. */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration } from '../../codec/format.ts'
import { value } from './data.ts'
import { register } from './register.ts'

export const range = nested({
  sreg: [1, register, 'required'],
  /** enum nft_range_ops, linux/netfilter/nf_tables.h. */
  op: [2, enumeration(be32, { eq: 0, neq: 1 }), 'required'],
  from: [3, value, 'required'],
  to: [4, value, 'required'],
})
