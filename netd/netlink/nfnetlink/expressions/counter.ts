/** `counter`: counts what gets this far. */
import { nested } from '../../codec/attributes.ts'
import { be64 } from '../../codec/format.ts'

export const counter = nested({ bytes: [1, be64], packets: [2, be64] })
