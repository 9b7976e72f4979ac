/** `redir`: to an address of this machine, optionally to another port. */
import { nested } from '../../codec/attributes.ts'
import { natFlags } from './nat.ts'
import { register } from './register.ts'

export const redirect = nested({ protoMin: [1, register], protoMax: [2, register], flags: [3, natFlags] })
