/** A rule in nft's words. */
import type { RulesetRule } from '../kernel/nft.ts'
import { describe } from './expressions/table.ts'
import type { Words } from './scene.ts'

/** What nft says by the statement that follows it: `tcp dport 80` needs no `meta l4proto tcp` before it. */
export function ruleText({ expressions }: RulesetRule): string {
  const words: Words = new Map()
  return expressions.flatMap((expression) => describe(expression, words) ?? []).join(' ')
}
