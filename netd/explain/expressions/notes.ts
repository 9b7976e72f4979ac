/** `counter`, `log`, `limit`: what looks on. */
import type { NftExpression } from '../../kernel/nft.ts'
import { goOn, type Expression } from '../scene.ts'

type Counter = Extract<NftExpression, { name: 'counter' }>['data']
type Log = Extract<NftExpression, { name: 'log' }>['data']
type Limit = Extract<NftExpression, { name: 'limit' }>['data']

export const counter: Expression<Counter> = { evaluate: (_data, state) => goOn(state), describe: () => 'counter' }

export const log: Expression<Log> = {
  evaluate: (_data, state) => goOn(state),
  describe: ({ prefix }) => (prefix === undefined ? 'log' : `log prefix "${prefix}"`),
}

const notReached = 'a limit is taken as not reached'

/** One packet alone keeps every rate. */
export const limit: Expression<Limit> = {
  evaluate({ flags }, state) {
    if (flags?.includes('inv') === true) return 'no'
    return goOn(state.notes.includes(notReached) ? state : { ...state, notes: [...state.notes, notReached] })
  },
  describe: ({ rate, unit, flags }) => `limit rate ${flags?.includes('inv') === true ? 'over ' : ''}${rate}/${unit} s`,
}
