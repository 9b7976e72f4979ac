import type { NftExpression } from '../netlink/nfnetlink/expressions/expression.ts'

/** The words of nftables, for those who write rules and elements: what a step `nft.*` is made of. */
export type {
  NftBaseChain,
  NftCommand,
  NftElement,
  NftFamily,
  NftType,
  NftValue,
} from '../netlink/nfnetlink/commands.ts'
export type { NftExpression } from '../netlink/nfnetlink/expressions/expression.ts'
export { headerField } from '../netlink/nfnetlink/expressions/payload.ts'

export type RulesetFamily = 'inet' | 'ip' | 'ip6' | 'arp' | 'netdev' | 'bridge'
export type RulesetHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress'

/** `code` stays a number where it is none of nf_tables' own: a queue's, for one. */
export interface NftVerdictData {
  code: 'accept' | 'drop' | 'continue' | 'break' | 'jump' | 'goto' | 'return' | number
  chain?: string
}

export interface RulesetRule {
  handle: number
  expressions: NftExpression[]
  comment?: string
}

export interface RulesetChain {
  family: RulesetFamily
  table: string
  name: string
  handle: number
  /** Of one that packets come to by themselves. */
  base?: {
    /** `filter`, `nat` or `route`. */
    type: string
    hook: RulesetHook
    priority: number
    policy: 'accept' | 'drop'
    devices?: string[]
  }
  rules: RulesetRule[]
}

/** As it lies in the kernel: where intervals are of a single field, one element starts one and the next ends it. */
export interface RulesetElement {
  key?: Uint8Array
  keyEnd?: Uint8Array
  isIntervalEnd: boolean
  isCatchall: boolean
  value?: Uint8Array
  verdict?: NftVerdictData
  object?: string
}

export interface RulesetSet {
  family: RulesetFamily
  table: string
  name: string
  isInterval: boolean
  /** enum datatypes of nftables, six bits a field; see ../netlink/nfnetlink/set.ts. */
  keyType: number
  keyLength: number
  /** Of a concatenation with intervals, in bytes before padding. */
  fieldLengths: number[]
  dataType?: number
  elements: RulesetElement[]
  /** Some were left in the kernel: there are too many. */
  isCut?: true
}

export interface Ruleset {
  chains: RulesetChain[]
  sets: RulesetSet[]
  /** Some rules were left in the kernel: there are too many. */
  isCut?: true
}
