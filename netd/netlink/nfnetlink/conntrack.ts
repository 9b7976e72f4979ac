/** IPCTNL_MSG_CT_*: linux/netfilter/nfnetlink_conntrack.h. */
import { ip } from '../address.ts'
import { attributes, nested } from '../codec/attributes.ts'
import { be16, be32, u32, u8 } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import { nfgenmsg } from './header.ts'

export const IPCTNL_MSG_CT_GET = 1
export const IPCTNL_MSG_CT_DELETE = 2

/** CTA_TUPLE_*: one direction of a flow. */
const tuple = nested({
  ip: [1, nested({ ipv4Source: [1, ip], ipv4Destination: [2, ip], ipv6Source: [3, ip], ipv6Destination: [4, ip] })],
  protocol: [2, nested({ number: [1, u8], sourcePort: [2, be16], destinationPort: [3, be16] })],
  zone: [3, be16],
})

/**
 * CTA_FILTER: which fields of a direction's tuple count. Bits of enum ctattr_filter's flags, in host byte order
 * (net/netfilter/nf_internals.h).
 */
const filter = nested({ originalFields: [1, u32], replyFields: [2, u32] })

/** CTA_IP_SRC, the one field that a flush by address looks at. */
export const CTA_FILTER_IP_SRC = 1

/** Version of struct nfgenmsg from which the kernel minds the family of a request to delete. */
export const conntrackVersion = 1

export const conntrackMessage = new Message(
  nfgenmsg,
  attributes({
    original: [1, tuple],
    reply: [2, tuple],
    status: [3, be32],
    mark: [8, be32],
    id: [12, be32],
    zone: [18, be16],
    filter: [25, filter],
  }),
)
