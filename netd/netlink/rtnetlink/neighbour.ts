/** RTM_*NEIGH: linux/neighbour.h. */
import { family, hardwareAddress, ip } from '../address.ts'
import { attributes } from '../codec/attributes.ts'
import { be16, bits, bytes, i32, u16, u32, u8 } from '../codec/format.ts'
import { Message } from '../codec/message.ts'

export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30

/** The entry is the device's own, not its master's. */
export const NTF_SELF = 2

/**
 * struct ndmsg:
 *
 *     0        1        2                 4                 8                 10       11       12
 *     +--------+--------+-----------------+-----------------+-----------------+--------+--------+
 *     | family | pad    | pad             | interface index | state (NUD_*)   | flags  | type   |
 *     +--------+--------+-----------------+-----------------+-----------------+--------+--------+
 */
const ndmsg = {
  family,
  pad1: u8,
  pad2: u16,
  index: i32,
  state: bits(u16, {
    incomplete: 1,
    reachable: 2,
    stale: 4,
    delay: 8,
    probe: 16,
    failed: 32,
    noarp: 64,
    permanent: 128,
  }),
  flags: u8,
  type: u8,
} as const

export const neighbourMessage = new Message(
  ndmsg,
  attributes({
    destination: [1, ip],
    lladdr: [2, hardwareAddress],
    cacheinfo: [3, bytes],
    probes: [4, u32],
    vlan: [5, u16],
    port: [6, be16],
    vni: [7, u32],
    ifindex: [8, u32],
    master: [9, u32],
    protocol: [12, u8],
  }),
)
