/** What the evaluation of a rule can ask of the place where it is evaluated, and what it makes of the packet. Nothing here asks the kernel. */
import type { Link } from '../kernel/model.ts'
import type { Ruleset, RulesetChain, RulesetHook, RulesetRule } from '../kernel/nft.ts'
import type { Packet, Tuple } from './packet.ts'
import { unknownRegisters, type Registers } from './registers.ts'

/** RTN_*, linux/rtnetlink.h, in `fib`'s and `addrtype`'s words. */
export type AddressType = 'unicast' | 'local' | 'broadcast' | 'multicast' | 'unreachable'

/** What connection tracking knows of the packet's flow. */
export interface Tracking {
  state: 'new' | 'established' | 'invalid' | 'untracked'
  direction: 'original' | 'reply'
  original: Tuple
  /** What an answer has: the original turned, after translation. */
  reply: Tuple
  isSourceTranslated: boolean
  isDestinationTranslated: boolean
  mark: number
}

export interface Scene {
  ruleset: Ruleset
  /** What may still be looked at, in expressions and elements: a ruleset must not keep the daemon from everything else. */
  work: { left: number }
  /** Of the table that is being asked. */
  family: RulesetChain['family']
  hook: RulesetHook
  /** Interfaces as the hook sees them: of a bridge's family, its ports. */
  input?: Link
  output?: Link
  /** The bridges that those are ports of. */
  inputBridge?: Link
  outputBridge?: Link
  /** Ethernet addresses, where the packet has come in by a wire. */
  frame?: { source: string; destination: string }
  /** Absent before connection tracking has seen the packet. */
  tracking?: Tracking
  /** @param on the address has to be that of this interface. */
  addressType: (address: string, on?: number) => AddressType
  /** The interface that an answer to the packet's source would leave by, or that there is none; undefined when nobody asked. */
  wayBack?: { outputIndex?: number }
}

export interface Translation {
  kind: 'source' | 'destination'
  /** Absent: of the interface that the packet leaves by (masquerade) or came in by (redirect). */
  address?: string
  port?: number
}

/** As a packet goes through rules. Never changed, because what cannot be told is followed both ways. */
export interface State {
  packet: Packet
  registers: Registers
  connectionMark: number
  isUntracked: boolean
  translation?: Translation
  /** Why registers hold what nobody knows. */
  unknown?: string
  notes: readonly string[]
}

export interface RuleReference {
  family: RulesetChain['family']
  table: string
  chain: string
  /** Absent for the policy of a chain. */
  handle?: number
  text: string
  comment?: string
}

export type Verdict =
  | { kind: 'accept' }
  | { kind: 'return' | 'continue' }
  /** `answer`: what the sender is told. */
  | { kind: 'drop'; answer?: string }
  | { kind: 'jump' | 'goto'; chain: string }

export type Result =
  /** Holds; the next expression. */
  | { state: State }
  /** Does not hold: the rule ends. */
  | 'no'
  | { verdict: Verdict; state: State }
  /** May hold; if it does, `state` is what comes of it. */
  | { unsure: string; state: State }
  /** What it makes of the packet cannot be told. */
  | { unknown: string }

export interface Place {
  chain: RulesetChain
  rule: RulesetRule
}

/** One family of expressions: what it does, and how nft(8) writes it. */
export interface Expression<Data> {
  evaluate(data: Data, state: State, scene: Scene, place: Place): Result
  /** Undefined for what only fills a register: it is named where the register is read. */
  describe(data: Data, words: Words): string | undefined
}

/** What each register holds, in nft's words. */
export type Words = Map<number, string>

/** A value that nobody knows beforehand has gone into registers: whatever they are compared with now is open. */
export const goOnWithout = (state: State, unknown: string): Result => ({
  state: { ...state, registers: unknownRegisters, unknown },
})

export const goOn = (state: State): Result => ({ state })

export function answered(answer: 'yes' | 'no' | 'unsure', state: State, why: () => string): Result {
  if (answer === 'no') return 'no'
  return answer === 'yes' ? { state } : { unsure: state.unknown ?? why(), state }
}
