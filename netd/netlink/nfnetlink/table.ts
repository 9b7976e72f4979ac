/** NFT_MSG_*TABLE: linux/netfilter/nf_tables.h, enum nft_table_attributes. */
import { attributes } from '../codec/attributes.ts'
import { be32, be64, bits, bytes, string } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import { nfgenmsg } from './header.ts'

export const NFT_MSG_NEWTABLE = 0
export const NFT_MSG_GETTABLE = 1
export const NFT_MSG_DELTABLE = 2

export const tableMessage = new Message(
  nfgenmsg,
  attributes({
    name: [1, string],
    flags: [2, bits(be32, { dormant: 1, owner: 2, persist: 4 })],
    use: [3, be32],
    handle: [4, be64],
    userdata: [6, bytes],
    owner: [7, be32],
  }),
)
