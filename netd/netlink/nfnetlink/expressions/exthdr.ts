/** `exthdr`: an IPv6 extension header or a TCP option; with `sreg` it writes, which is how the MSS is clamped. */
import { nested } from '../../codec/attributes.ts'
import { be32, u8 } from '../../codec/format.ts'
import { register } from './register.ts'

export const exthdr = nested({
  dreg: [1, register],
  type: [2, u8],
  offset: [3, be32],
  len: [4, be32],
  flags: [5, be32],
  op: [6, be32],
  sreg: [7, register],
})
