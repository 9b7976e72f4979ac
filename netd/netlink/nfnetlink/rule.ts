/** NFT_MSG_*RULE: linux/netfilter/nf_tables.h, enum nft_rule_attributes. */
import { attributes, list } from '../codec/attributes.ts'
import { be32, be64, bytes, string } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import { expression } from './expressions/expression.ts'
import { nfgenmsg } from './header.ts'

export const NFT_MSG_NEWRULE = 6
export const NFT_MSG_GETRULE = 7
export const NFT_MSG_DELRULE = 8

/** NFTA_LIST_ELEM. */
const listElement = 1

export const ruleMessage = new Message(
  nfgenmsg,
  attributes({
    table: [1, string],
    chain: [2, string],
    handle: [3, be64],
    expressions: [4, list(listElement, expression)],
    position: [6, be64],
    userdata: [7, bytes],
    id: [9, be32],
  }),
)
