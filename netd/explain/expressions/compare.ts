/** `cmp` and `range`: a register beside constants. */
import type { NftExpression } from '../../kernel/nft.ts'
import { bytesOf } from './constant.ts'
import type { Bytes } from '../packet.ts'
import { isBetween, isEqual, load, negated, type Answer } from '../registers.ts'
import { answered, type Expression } from '../scene.ts'
import { valueText } from './values.ts'

type Cmp = Extract<NftExpression, { name: 'cmp' }>['data']
type Range = Extract<NftExpression, { name: 'range' }>['data']

/** memcmp, as nft_cmp_eval has it (net/netfilter/nft_cmp.c). */
function compare(value: Bytes, op: Cmp['op'], other: Uint8Array): Answer {
  const lowest = new Uint8Array(other.length)
  const highest = new Uint8Array(other.length).fill(0xff)
  switch (op) {
    case 'eq':
      return isEqual(value, other)
    case 'neq':
      return negated(isEqual(value, other))
    case 'lte':
      return isBetween(value, lowest, other)
    case 'gt':
      return negated(isBetween(value, lowest, other))
    case 'gte':
      return isBetween(value, other, highest)
    case 'lt':
      return negated(isBetween(value, other, highest))
    default:
      return 'unsure'
  }
}

const signs: Record<string, string> = { eq: '', neq: '!= ', lt: '< ', lte: '<= ', gt: '> ', gte: '>= ' }

export const cmp: Expression<Cmp> = {
  evaluate({ sreg, op, data }, state) {
    if (sreg === 'verdict') return 'no'
    const other = bytesOf(data)
    const answer = compare(load(state.registers, sreg, other.length), op, other)
    return answered(answer, state, () => 'what it compares is not known beforehand')
  },
  describe({ sreg, op, data }, words) {
    const what = sreg === 'verdict' ? undefined : words.get(sreg)
    const [field, bits] = what?.split(' & ') ?? []
    // `ct state new`: one of these bits is set.
    if (bits !== undefined && op === 'neq' && bytesOf(data).every((byte) => byte === 0)) return `${field} ${bits}`
    return `${what ?? 'register'} ${signs[op] ?? `${op} `}${valueText(what, bytesOf(data))}`
  },
}

export const range: Expression<Range> = {
  evaluate({ sreg, op, from, to }, state) {
    if (sreg === 'verdict') return 'no'
    const [first, last] = [bytesOf(from), bytesOf(to)]
    const inside = isBetween(load(state.registers, sreg, first.length), first, last)
    return answered(op === 'eq' ? inside : negated(inside), state, () => 'what it compares is not known beforehand')
  },
  describe({ sreg, op, from, to }, words) {
    const what = sreg === 'verdict' ? undefined : words.get(sreg)
    return `${what ?? 'register'} ${op === 'eq' ? '' : '!= '}${valueText(what, bytesOf(from))}-${valueText(what, bytesOf(to))}`
  },
}
