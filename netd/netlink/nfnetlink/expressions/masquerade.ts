/** `masq`: the address of the interface the packet leaves by becomes its source. */
import { nested } from '../../codec/attributes.ts'
import { natFlags } from './nat.ts'
import { register } from './register.ts'

export const masquerade = nested({ flags: [1, natFlags], protoMin: [2, register], protoMax: [3, register] })
