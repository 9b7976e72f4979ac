/** `bitwise`: dreg = (sreg & mask) ^ xor, over `len` bytes. */
import { nested } from '../../codec/attributes.ts'
import { be32, enumeration } from '../../codec/format.ts'
import { value } from './data.ts'
import { register } from './register.ts'

export const bitwise = nested({
  sreg: [1, register, 'required'],
  dreg: [2, register, 'required'],
  len: [3, be32, 'required'],
  mask: [4, value, 'required'],
  xor: [5, value, 'required'],
  /** enum nft_bitwise_ops, linux/netfilter/nf_tables.h; `mask-xor` when absent. */
  op: [6, enumeration(be32, { 'mask-xor': 0, lshift: 1, rshift: 2 })],
})
