/** Which file evaluates which expression. */
import type { NftExpression } from '../../kernel/nft.ts'
import type { Expression, Place, Result, Scene, State, Words } from '../scene.ts'
import { bitwise, byteorder } from './bitwise.ts'
import { cmp, range } from './compare.ts'
import { ct, notrack } from './ct.ts'
import { fib } from './fib.ts'
import { lookup } from './lookup.ts'
import { match } from './match.ts'
import { meta } from './meta.ts'
import { counter, limit, log } from './notes.ts'
import { exthdr, other } from './other.ts'
import { payload } from './payload.ts'
import { reject } from './reject.ts'
import { target } from './target.ts'
import { masquerade, nat, redirect } from './translate.ts'
import { immediate } from './verdict.ts'

const table: {
  [Name in Exclude<NftExpression['name'], 'other'>]: Expression<Extract<NftExpression, { name: Name }>['data']>
} = {
  bitwise,
  byteorder,
  cmp,
  counter,
  ct,
  exthdr,
  fib,
  immediate,
  limit,
  log,
  lookup,
  masq: masquerade,
  match,
  meta,
  nat,
  notrack,
  payload,
  range,
  redir: redirect,
  reject,
  target,
}

/** Total: what another kernel, or another program, has made of an expression is nobody's end. */
export function evaluate(expression: NftExpression, state: State, scene: Scene, place: Place): Result {
  if (expression.name === 'other') return other.evaluate(expression, state, scene, place)
  try {
    return (table[expression.name] as Expression<unknown>).evaluate(expression.data, state, scene, place)
  } catch (error) {
    return { unknown: `${expression.name} is not as it was expected (${(error as Error).message})` }
  }
}

export function describe(expression: NftExpression, words: Words): string | undefined {
  if (expression.name === 'other') return other.describe(expression, words)
  try {
    return (table[expression.name] as Expression<unknown>).describe(expression.data, words)
  } catch {
    return expression.name
  }
}
