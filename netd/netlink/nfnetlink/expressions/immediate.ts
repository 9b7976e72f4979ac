/** `immediate`: a constant into a register; into `verdict`, what becomes of the packet. */
import { nested } from '../../codec/attributes.ts'
import { data } from './data.ts'
import { register } from './register.ts'

export const immediate = nested({ dreg: [1, register, 'required'], data: [2, data, 'required'] })
