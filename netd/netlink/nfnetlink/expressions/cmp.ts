/** `cmp`: a register against a value; the rule ends here when it does not hold. */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration } from '../../codec/format.ts'
import { value } from './data.ts'
import { register } from './register.ts'

export const cmp = nested({
  sreg: [1, register, 'required'],
  /** enum nft_cmp_ops, linux/netfilter/nf_tables.h. */
  op: [2, enumeration(be32, { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 }), 'required'],
  data: [3, value, 'required'],
})
