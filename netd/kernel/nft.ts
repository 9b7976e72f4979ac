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
