/** nf_tables as data: what a batch says, in nft(8)'s words. linux/netfilter/nf_tables.h is the source of every name. */
import type { NftExpression } from './expressions/expression.ts'
import type { NftType, NftValue } from './values.ts'

export type { NftType, NftValue } from './values.ts'

export type NftFamily = 'inet' | 'ip' | 'ip6' | 'bridge' | 'netdev'

export type NftVerdict =
  { verdict: 'accept' | 'drop' | 'return' | 'continue' } | { verdict: 'jump' | 'goto'; chain: string }

export interface NftElement {
  key: NftValue[]
  /** Inclusive end, field by field, in a set with `interval`. */
  keyEnd?: NftValue[]
  data?: NftValue[] | NftVerdict
}

export type NftHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress'

export interface NftBaseChain {
  type: 'filter' | 'nat' | 'route'
  hook: NftHook
  priority: number
  policy?: 'accept' | 'drop'
  device?: string
}

export type NftCommand =
  | { do: 'add'; table: string; family: NftFamily; object: 'table' }
  | { do: 'add'; table: string; family: NftFamily; object: 'chain'; chain: string; hook?: NftBaseChain }
  /** `data: ['verdict']` makes a verdict map. */
  | {
      do: 'add'
      table: string
      family: NftFamily
      object: 'set'
      set: string
      key: NftType[]
      data?: NftType[]
      isInterval?: boolean
    }
  /** Appended; a lookup may name a set that the same batch adds before it. */
  | {
      do: 'add'
      table: string
      family: NftFamily
      object: 'rule'
      chain: string
      expressions: NftExpression[]
      comment?: string
    }
  | { do: 'add' | 'delete'; table: string; family: NftFamily; object: 'element'; set: string; elements: NftElement[] }
  /** All rules of a chain. */
  | { do: 'flush'; table: string; family: NftFamily; object: 'chain'; chain: string }
  /** All elements of a set. */
  | { do: 'flush'; table: string; family: NftFamily; object: 'set'; set: string }
  | { do: 'delete'; table: string; family: NftFamily; object: 'table' }
