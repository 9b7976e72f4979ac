/**
 * A chain and all that it jumps to, as nft_do_chain goes through it (net/netfilter/nf_tables_core.c), with one difference:
 * where nobody can tell beforehand whether an expression holds, both ways are followed, and only when they differ in what
 * becomes of the packet it is said that nobody can tell.
 */
import type { RulesetChain } from '../kernel/nft.ts'
import { evaluate } from './expressions/table.ts'
import { isSameTuple } from './packet.ts'
import { policyOf, referenceText, referTo } from './reference.ts'
import { noRegisters } from './registers.ts'
import { chainNamed } from './ruleset-index.ts'
import type { Place, RuleReference, Scene, State } from './scene.ts'

export type Ending =
  | { kind: 'accept'; state: State; at: RuleReference }
  | { kind: 'drop'; state: State; at: RuleReference; answer?: string }
  | { kind: 'unsure'; state: State; at: RuleReference; why: string }

interface Position {
  chain: RulesetChain
  rule: number
  expression: number
}

/** NFT_JUMP_STACK_SIZE, net/netfilter/nf_tables.h: the kernel takes no deeper ruleset. */
const deepestStack = 16
/** Open expressions, one behind the other: each is a call of its own on the stack. */
const mostForks = 500

export function runChain(scene: Scene, chain: RulesetChain, state: State): Ending {
  if (scene.ruleset.isCut === true)
    return { kind: 'unsure', state, at: policyOf(chain), why: 'there are too many rules to read' }
  return run(scene, { chain, rule: 0, expression: 0 }, { ...state, registers: noRegisters }, [], chain, 0)
}

function run(
  scene: Scene,
  start: Position,
  startState: State,
  startStack: readonly Position[],
  base: RulesetChain,
  forks: number,
): Ending {
  let { chain, rule: ruleNumber, expression: expressionNumber } = start
  let state = startState
  let stack = startStack
  for (;;) {
    const rule = chain.rules[ruleNumber]
    if (--scene.work.left < 0 || forks > mostForks) {
      const at = rule === undefined ? policyOf(base) : referTo({ chain, rule })
      return { kind: 'unsure', state, at, why: 'the ruleset is too large to follow' }
    }
    if (rule === undefined) {
      const caller = stack.at(-1)
      if (caller === undefined) return { kind: base.base?.policy ?? 'accept', state, at: policyOf(base) }
      stack = stack.slice(0, -1)
      ;({ chain, rule: ruleNumber, expression: expressionNumber } = caller)
      continue
    }
    const expression = rule.expressions[expressionNumber]
    if (expression === undefined) {
      ruleNumber += 1
      expressionNumber = 0
      continue
    }
    const place = { chain, rule }
    const result = evaluate(expression, state, scene, place)
    if (result === 'no') {
      ruleNumber += 1
      expressionNumber = 0
    } else if ('unknown' in result) {
      return { kind: 'unsure', state, at: referTo(place), why: result.unknown }
    } else if ('unsure' in result) {
      // Whatever it is, the rule only looks on.
      if (comesToNothing(scene, place, expressionNumber + 1, result.state)) {
        ruleNumber += 1
        expressionNumber = 0
        continue
      }
      const ifNot = run(scene, { chain, rule: ruleNumber + 1, expression: 0 }, state, stack, base, forks + 1)
      if (ifNot.kind === 'unsure') return ifNot
      const holds = { chain, rule: ruleNumber, expression: expressionNumber + 1 }
      const ifSo = run(scene, holds, result.state, stack, base, forks + 1)
      if (!comesToTheSame(ifSo, ifNot)) return { kind: 'unsure', state, at: referTo(place), why: result.unsure }
      const note = `${referenceText(referTo(place))}: ${result.unsure}; it makes no difference`
      return { ...ifNot, state: { ...ifNot.state, notes: [...ifNot.state.notes, note] } }
    } else if (!('verdict' in result)) {
      state = result.state
      expressionNumber += 1
    } else {
      const { verdict } = result
      state = result.state
      if (verdict.kind === 'accept' || verdict.kind === 'drop') return { ...verdict, state, at: referTo(place) }
      if (!('chain' in verdict)) {
        ruleNumber = verdict.kind === 'continue' ? ruleNumber + 1 : chain.rules.length
        expressionNumber = 0
        continue
      }
      const target = chainNamed(scene.ruleset, { ...chain, name: verdict.chain })
      if (target === undefined || stack.length >= deepestStack)
        return { kind: 'unsure', state, at: referTo(place), why: `the chain ${verdict.chain} could not be read` }
      if (verdict.kind === 'jump') stack = [...stack, { chain, rule: ruleNumber + 1, expression: 0 }]
      chain = target
      ruleNumber = 0
      expressionNumber = 0
    }
  }
}

/** Whether the packet is the same, and goes on with the next rule, however the rest of this one turns out. */
function comesToNothing(scene: Scene, place: Place, from: number, before: State): boolean {
  let state = before
  for (const expression of place.rule.expressions.slice(from)) {
    scene.work.left -= 1
    const result = evaluate(expression, state, scene, place)
    if (result === 'no') return true
    if ('unknown' in result) return false
    if ('verdict' in result) return result.verdict.kind === 'continue'
    ;({ state } = result)
    if (!isSamePacket(before, state)) return false
  }
  return true
}

/** But for registers, which a rule fills for itself. */
function isSamePacket(one: State, other: State): boolean {
  return (
    one.packet === other.packet &&
    one.connectionMark === other.connectionMark &&
    one.isUntracked === other.isUntracked &&
    one.translation === other.translation
  )
}

function comesToTheSame(one: Ending, other: Ending): boolean {
  const [a, b] = [one.state, other.state]
  return (
    one.kind === other.kind &&
    one.kind !== 'unsure' &&
    isSameTuple(a.packet, b.packet) &&
    a.packet.mark === b.packet.mark &&
    a.connectionMark === b.connectionMark &&
    a.isUntracked === b.isUntracked &&
    a.translation?.kind === b.translation?.kind &&
    a.translation?.address === b.translation?.address &&
    a.translation?.port === b.translation?.port
  )
}
