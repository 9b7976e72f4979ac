/** `bitwise` and `byteorder`: a register made of another. */
import type { NftExpression } from '../../kernel/nft.ts'
import { anything, known, type Bytes } from '../packet.ts'
import { isExact, load, store } from '../registers.ts'
import { goOn, goOnWithout, type Expression } from '../scene.ts'
import { bytesOf } from './constant.ts'
import { valueText } from './values.ts'

type Bitwise = Extract<NftExpression, { name: 'bitwise' }>['data']
type Byteorder = Extract<NftExpression, { name: 'byteorder' }>['data']

/** What is not known stays so, within the mask. */
function masked(value: Bytes, mask: Uint8Array, xor: Uint8Array): Bytes {
  const result = { low: new Uint8Array(mask.length), high: new Uint8Array(mask.length) }
  let isSure = true
  mask.forEach((bits, at) => {
    const [low, high, flip] = [value.low[at]!, value.high[at]!, xor[at]!]
    if (bits === 0 || (isSure && low === high)) {
      result.low[at] = (low & bits) ^ flip
      result.high[at] = (low & bits) ^ flip
    } else {
      result.low[at] = flip & ~bits
      result.high[at] = bits | flip
    }
    // Once a byte is not known, those after it can have any value.
    isSure &&= low === high
  })
  return result
}

export const bitwise: Expression<Bitwise> = {
  evaluate({ sreg, dreg, len, mask, xor, op }, state) {
    if (sreg === 'verdict' || dreg === 'verdict') return 'no'
    if (op !== undefined && op !== 'mask-xor') return goOnWithout(state, `it shifts bits (${op})`)
    const value = masked(load(state.registers, sreg, len), bytesOf(mask), bytesOf(xor))
    return goOn({ ...state, registers: store(state.registers, dreg, value) })
  },
  describe({ sreg, dreg, mask }, words) {
    if (sreg === 'verdict' || dreg === 'verdict') return undefined
    const what = words.get(sreg) ?? 'register'
    words.set(dreg, `${what} & ${valueText(what, bytesOf(mask))}`)
    return undefined
  },
}

export const byteorder: Expression<Byteorder> = {
  evaluate({ sreg, dreg, len, size }, state) {
    if (sreg === 'verdict' || dreg === 'verdict') return 'no'
    const value = load(state.registers, sreg, len)
    const turned = Buffer.from(value.low)
    if (size === 2) turned.swap16()
    else if (size === 4) turned.swap32()
    else turned.swap64()
    const result = isExact(value) ? known(turned) : anything(len)
    return goOn({ ...state, registers: store(state.registers, dreg, result) })
  },
  describe({ sreg, dreg }, words) {
    if (sreg !== 'verdict' && dreg !== 'verdict') words.set(dreg, words.get(sreg) ?? 'register')
    return undefined
  },
}
