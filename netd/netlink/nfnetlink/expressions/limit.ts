/** `limit`: holds while the rate is kept, or with `inv`, once it is exceeded (`limit rate over`). */
import { nested } from '../../codec/attributes.ts'
import { be32, be64, bits, enumeration } from '../../codec/format.ts'

export const limit = nested({
  rate: [1, be64, 'required'],
  /** In seconds. */
  unit: [2, be64, 'required'],
  burst: [3, be32],
  type: [4, enumeration(be32, { packets: 0, bytes: 1 })],
  flags: [5, bits(be32, { inv: 1 })],
})
