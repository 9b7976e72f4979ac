/** RTM_*ADDR: linux/if_addr.h. */
import { family, ip } from '../address.ts'
import { attributes } from '../codec/attributes.ts'
import { bits, bytes, string, u32, u8 } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import { scope } from './scope.ts'

export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22

/**
 * struct ifaddrmsg:
 *
 *     0        1         2        3        4                 8
 *     +--------+---------+--------+--------+-----------------+
 *     | family | prefix  | flags  | scope  | interface index |
 *     +--------+---------+--------+--------+-----------------+
 */
const ifaddrmsg = { family, prefixLength: u8, shortFlags: u8, scope, index: u32 } as const

/** `flags` is IFA_FLAGS, 32 bits, which has replaced the header's eight. `address` is the peer's on a point-to-point link. */
export const addressMessage = new Message(
  ifaddrmsg,
  attributes({
    address: [1, ip],
    local: [2, ip],
    label: [3, string],
    broadcast: [4, ip],
    anycast: [5, ip],
    cacheinfo: [6, bytes],
    multicast: [7, ip],
    flags: [
      8,
      bits(u32, {
        secondary: 1,
        nodad: 2,
        optimistic: 4,
        dadfailed: 8,
        deprecated: 0x20,
        tentative: 0x40,
        permanent: 0x80,
        noprefixroute: 0x200,
      }),
    ],
    priority: [9, u32],
  }),
)
