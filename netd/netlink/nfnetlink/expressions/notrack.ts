/** `notrack`: the packet's flow is not tracked. Takes no attributes. */
import { nested } from '../../codec/attributes.ts'

export const notrack = nested({})
