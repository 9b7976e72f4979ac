/** `log`: tells, and goes on. */
import { nested } from '../../codec/attributes.ts'
import { be16, be32, string } from '../../codec/format.ts'

export const log = nested({ group: [1, be16], prefix: [2, string], level: [5, be32] })
