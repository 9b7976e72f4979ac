/** `immediate`: a constant into a register, or what becomes of the packet. */
import type { NftExpression, NftVerdictData } from '../../kernel/nft.ts'
import { known } from '../packet.ts'
import { store } from '../registers.ts'
import { goOn, type Expression, type Result, type State } from '../scene.ts'
import { bytesOf } from './constant.ts'

type Immediate = Extract<NftExpression, { name: 'immediate' }>['data']

/** NF_QUEUE in the lower byte, the number of the queue above it (linux/netfilter.h). */
const queue = 3

export function verdictOf({ code, chain }: NftVerdictData, state: State): Result {
  if (code === 'jump' || code === 'goto') return { verdict: { kind: code, chain: chain ?? '' }, state }
  if (code === 'break') return 'no'
  if (typeof code !== 'number') return { verdict: { kind: code }, state }
  return { unknown: (code & 0xff) === queue ? `a program decides (queue ${code >>> 16})` : `verdict ${code}` }
}

export function verdictText({ code, chain }: NftVerdictData): string {
  if (typeof code === 'number') return (code & 0xff) === queue ? `queue to ${code >>> 16}` : `verdict ${code}`
  return chain === undefined ? code : `${code} ${chain}`
}

export const immediate: Expression<Immediate> = {
  evaluate({ dreg, data }, state) {
    if (data.verdict !== undefined) return verdictOf(data.verdict, state)
    if (dreg === 'verdict' || data.value === undefined) return { unknown: 'an immediate without a value' }
    return goOn({ ...state, registers: store(state.registers, dreg, known(bytesOf({ value: data.value }))) })
  },
  describe({ dreg, data }, words) {
    if (data.verdict !== undefined) return verdictText(data.verdict)
    if (dreg !== 'verdict' && data.value !== undefined)
      words.set(dreg, `0x${Buffer.from(bytesOf({ value: data.value })).toString('hex')}`)
    return undefined
  },
}
