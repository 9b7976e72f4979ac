/** `byteorder`: a register from one order of bytes to the other, in units of `size` bytes; before a comparison of ranges, for one. */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration } from '../../codec/format.ts'
import { register } from './register.ts'

export const byteorder = nested({
  sreg: [1, register, 'required'],
  dreg: [2, register, 'required'],
  /** enum nft_byteorder_ops, linux/netfilter/nf_tables.h. */
  op: [3, enumeration(be32, { ntoh: 0, hton: 1 }), 'required'],
  len: [4, be32, 'required'],
  size: [5, be32, 'required'],
})
