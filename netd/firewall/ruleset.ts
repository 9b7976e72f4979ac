/**
 * A table whose chains and rules are fixed, as commands. Adding what is there is no error, and rules are flushed before they
 * are added, so the same commands build the table and repair it.
 */
import type { NftBaseChain, NftCommand, NftExpression, NftType } from '../kernel/nft.ts'

export interface SetShape {
  key: NftType[]
  data?: NftType[]
  isInterval?: boolean
}

export interface Chain {
  hook?: NftBaseChain
  rules: [comment: string | undefined, ...statements: NftExpression[][]][]
}

export interface Ruleset {
  family: 'inet' | 'bridge'
  sets: Record<string, SetShape>
  chains: Record<string, Chain>
  /** The policy hook: made once, its rules are never ours to touch. */
  userChain?: string
}

export function commandsOf(table: string, { family, sets, chains, userChain }: Ruleset): NftCommand[] {
  const our = { do: 'add', table, family } as const
  return [
    { ...our, object: 'table' },
    ...Object.entries(sets).map(([set, shape]): NftCommand => ({ ...our, object: 'set', set, ...shape })),
    ...(userChain === undefined ? [] : [{ ...our, object: 'chain' as const, chain: userChain }]),
    ...Object.entries(chains).flatMap(([chain, { hook }]): NftCommand[] => [
      { ...our, object: 'chain', chain, ...(hook === undefined ? {} : { hook: { ...hook, policy: 'accept' } }) },
      { ...our, do: 'flush', object: 'chain', chain },
    ]),
    ...Object.entries(chains).flatMap(([chain, { rules }]) =>
      rules.map(([comment, ...statements]): NftCommand => ({
        ...our,
        object: 'rule',
        chain,
        expressions: statements.flat(),
        ...(comment === undefined ? {} : { comment }),
      })),
    ),
  ]
}
