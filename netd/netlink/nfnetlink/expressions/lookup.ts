/**
 * `lookup`: the key that starts in `sreg` in a set; with `dreg` (a register, or `verdict` for a verdict map) the data that goes
 * with it. The rule ends here when the key is not in it, or with `inv`, when it is.
 */
import { nested } from '../../codec/attributes.ts'
import { be32, bits, string } from '../../codec/format.ts'
import { register } from './register.ts'

export const lookup = nested({
  set: [1, string, 'required'],
  sreg: [2, register, 'required'],
  dreg: [3, register],
  /** Of a set made in the same batch; its name does as well. */
  setId: [4, be32],
  /** enum nft_lookup_flags, linux/netfilter/nf_tables.h. */
  flags: [5, bits(be32, { inv: 1 })],
})
