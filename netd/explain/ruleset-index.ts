/** Chains and elements of a ruleset by what they are looked for, made once for each: a ruleset of others may have 100,000 of both. */
import type { Ruleset, RulesetChain, RulesetElement, RulesetSet } from '../kernel/nft.ts'
import { once } from './once.ts'

type Named = Pick<RulesetChain, 'family' | 'table' | 'name'>

const keyOf = ({ family, table, name }: Named): string => `${family}\0${table}\0${name}`

const chainsOf = once(({ chains }: Ruleset) => new Map(chains.map((chain) => [keyOf(chain), chain])))
const setsOf = once(({ sets }: Ruleset) => new Map(sets.map((set) => [keyOf(set), set])))

export const chainNamed = (ruleset: Ruleset, name: Named): RulesetChain | undefined =>
  chainsOf(ruleset).get(keyOf(name))

export const setNamed = (ruleset: Ruleset, name: Named): RulesetSet | undefined => setsOf(ruleset).get(keyOf(name))

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const singles = once(
  ({ elements }: RulesetSet) =>
    new Map(
      elements.flatMap((one) => (one.key === undefined || one.keyEnd !== undefined ? [] : [[hex(one.key), one]])),
    ),
)

/** Of a set without intervals. */
export const elementAt = (set: RulesetSet, key: Uint8Array): RulesetElement | undefined => singles(set).get(hex(key))

/** Starts and ends of intervals, which are elements of their own; an end before a start of the same key. */
export const intervalMarks = once(({ elements }: RulesetSet) =>
  elements
    .flatMap((element) => (element.key === undefined ? [] : [{ ...element, key: element.key }]))
    .toSorted((a, b) => Buffer.compare(a.key, b.key) || Number(b.isIntervalEnd) - Number(a.isIntervalEnd)),
)
