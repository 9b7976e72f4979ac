/** A rule or a chain, so that somebody can find it. */
import type { RulesetChain } from '../kernel/nft.ts'
import { ruleText } from './rule-text.ts'
import type { Place, RuleReference } from './scene.ts'

export function referTo({ chain, rule }: Place): RuleReference {
  return {
    family: chain.family,
    table: chain.table,
    chain: chain.name,
    handle: rule.handle,
    text: ruleText(rule),
    ...(rule.comment === undefined ? {} : { comment: rule.comment }),
  }
}

export const policyOf = ({ family, table, name, base }: RulesetChain): RuleReference => ({
  family,
  table,
  chain: name,
  text: `policy ${base?.policy ?? 'accept'}`,
})

/** `inet trestle forward handle 12`. */
export function referenceText({ family, table, chain, handle, text }: RuleReference): string {
  return `${family} ${table} ${chain}${handle === undefined ? '' : ` handle ${handle}`}: ${text}`
}
