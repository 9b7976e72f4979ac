/** NFT_MSG_*CHAIN: linux/netfilter/nf_tables.h, enum nft_chain_attributes. A chain with a hook is a base chain. */
import { attributes, list, nested } from '../codec/attributes.ts'
import { be32, be64, bei32, bits, bytes, enumeration, string } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import type { NftBaseChain, NftFamily } from './commands.ts'
import { nfgenmsg } from './header.ts'

export const NFT_MSG_NEWCHAIN = 3
export const NFT_MSG_GETCHAIN = 4

const hook = nested({
  number: [1, be32, 'required'],
  priority: [2, bei32, 'required'],
  device: [3, string],
  devices: [4, list(1, string)],
})

export const chainMessage = new Message(
  nfgenmsg,
  attributes({
    table: [1, string],
    handle: [2, be64],
    name: [3, string],
    hook: [4, hook],
    policy: [5, enumeration(be32, { drop: 0, accept: 1 })],
    use: [6, be32],
    type: [7, string],
    flags: [10, bits(be32, { base: 1, offload: 2, binding: 4 })],
    id: [11, be32],
    userdata: [12, bytes],
  }),
)

/** enum nf_inet_hooks, linux/netfilter.h; netdev chains count their own, enum nf_dev_hooks. */
const hookNumbers = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4, ingress: 5 } as const

export function chainHook(
  family: NftFamily,
  chain: NftBaseChain,
): Pick<Parameters<typeof chainMessage.write>[1], 'hook' | 'type' | 'policy'> {
  return {
    hook: {
      number: family === 'netdev' ? 0 : hookNumbers[chain.hook],
      priority: chain.priority,
      ...(chain.device === undefined ? {} : { device: chain.device }),
    },
    type: chain.type,
    ...(chain.policy === undefined ? {} : { policy: chain.policy }),
  }
}
