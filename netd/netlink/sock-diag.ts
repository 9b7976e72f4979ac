/** SOCK_DIAG_BY_FAMILY: linux/inet_diag.h. Sockets of a namespace, as ss(8) lists them. */
import { attributes } from './codec/attributes.ts'
import { be16, bool8, bytes, u32, u8 } from './codec/format.ts'
import { Message } from './codec/message.ts'
import { family } from './address.ts'

export const NETLINK_SOCK_DIAG = 4
export const SOCK_DIAG_BY_FAMILY = 20

/** Of which IPv4 takes the first four. */
const addressField = { ...bytes, size: 16 }

/** struct inet_diag_sockid. */
const identity = {
  sourcePort: be16,
  destinationPort: be16,
  source: addressField,
  destination: addressField,
  interfaceIndex: u32,
  cookieLow: u32,
  cookieHigh: u32,
} as const

/** struct inet_diag_req_v2. `states`: bits of the TCP states, which UDP uses, too (net/tcp_states.h). */
export const socketRequest = new Message(
  { family, protocol: u8, extensions: u8, pad: u8, states: u32, ...identity },
  attributes({}),
)

/** struct inet_diag_msg. */
export const socketMessage = new Message(
  {
    family,
    state: u8,
    timer: u8,
    retransmits: u8,
    ...identity,
    expires: u32,
    receiveQueue: u32,
    sendQueue: u32,
    userId: u32,
    inode: u32,
  },
  attributes({ isIpv6Only: [11, bool8] }),
)
