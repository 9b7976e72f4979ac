/** RTM_*LINK: linux/rtnetlink.h, linux/if_link.h. */
import { hardwareAddress, ip } from '../address.ts'
import { attributes, chosenBy } from '../codec/attributes.ts'
import { be16, bits, bool8, enumeration, i32, string, u16, u32, u64, u8 } from '../codec/format.ts'
import { Message, type Decoded } from '../codec/message.ts'

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19

/** RTEXT_FILTER_SKIP_STATS: statistics are most of an answer's bytes. */
export const withoutStatistics = 1 << 3

/**
 * struct ifinfomsg:
 *
 *     0        1        2                 4                 8                 12                16
 *     +--------+--------+-----------------+-----------------+-----------------+-----------------+
 *     | family | pad    | type (ARPHRD_*) | index           | flags (IFF_*)   | change mask     |
 *     +--------+--------+-----------------+-----------------+-----------------+-----------------+
 */
const ifinfomsg = {
  family: u8,
  pad: u8,
  type: u16,
  index: i32,
  flags: bits(u32, {
    up: 1,
    broadcast: 2,
    loopback: 8,
    pointopoint: 0x10,
    running: 0x40,
    noarp: 0x80,
    promisc: 0x100,
    multicast: 0x1000,
    'lower-up': 0x10000,
  }),
  change: u32,
} as const

export const IFF_UP = 1

/** IFLA_*, without the parts that need one of these inside. */
const plain = {
  address: [1, hardwareAddress],
  broadcast: [2, hardwareAddress],
  ifname: [3, string],
  mtu: [4, u32],
  link: [5, i32],
  qdisc: [6, string],
  master: [10, i32],
  txqlen: [13, u32],
  operstate: [
    16,
    enumeration(u8, { unknown: 0, notpresent: 1, down: 2, lowerlayerdown: 3, testing: 4, dormant: 5, up: 6 }),
  ],
  netNsPid: [19, u32],
  ifalias: [20, string],
  group: [27, u32],
  netNsFd: [28, u32],
  extMask: [29, u32],
  carrier: [33, bool8],
  linkNetnsid: [37, i32],
  newIfindex: [49, i32],
} as const

/** VETH_INFO_PEER is a whole link message: the other end, in its own namespace when `netNsFd` is given. */
const veth = attributes({ peer: [1, new Message(ifinfomsg, attributes(plain)).format] })

/** IFLA_BR_*. */
const bridge = attributes({
  forwardDelay: [1, u32],
  helloTime: [2, u32],
  maxAge: [3, u32],
  ageingTime: [4, u32],
  stpState: [5, u32],
  priority: [6, u16],
  vlanFiltering: [7, bool8],
  groupForwardMask: [9, u16],
  multicastSnooping: [23, bool8],
  /** struct br_boolopt_multi, linux/if_bridge.h: the values in the lower half, which of them count in the upper one. */
  booleans: [46, u64],
})

/** BR_BOOLOPT_NO_LL_LEARN. */
export const noLinkLocalLearning = 0x1_0000_0001n

/** IFLA_BRPORT_*. */
const bridgePort = attributes({
  state: [1, u8],
  priority: [2, u16],
  cost: [3, u32],
  hairpin: [4, bool8],
  guard: [5, bool8],
  protect: [6, bool8],
  fastLeave: [7, bool8],
  learning: [8, bool8],
  unicastFlood: [9, bool8],
  isolated: [33, bool8],
})

/** IFLA_MACVLAN_*. */
const macvlan = attributes({
  mode: [1, enumeration(u32, { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 })],
  flags: [2, u16],
})

/** IFLA_IPVLAN_*. */
const ipvlan = attributes({
  mode: [1, enumeration(u16, { l2: 0, l3: 1, l3s: 2 })],
  flags: [2, bits(u16, { private: 1, vepa: 2 })],
})

/** IFLA_VLAN_*. */
const vlan = attributes({ id: [1, u16] })

/** IFLA_VXLAN_*. */
const vxlan = attributes({
  id: [1, u32],
  group: [2, ip],
  link: [3, u32],
  local: [4, ip],
  ttl: [5, u8],
  tos: [6, u8],
  learning: [7, bool8],
  ageing: [8, u32],
  limit: [9, u32],
  port: [15, be16],
  group6: [16, ip],
  local6: [17, ip],
})

/** IFLA_INFO_*. */
const linkinfo = attributes({
  kind: [1, string],
  data: [2, chosenBy('kind', { veth, bridge, macvlan, ipvlan, vlan, vxlan })],
  slaveKind: [4, string],
  slaveData: [5, chosenBy('slaveKind', { bridge: bridgePort })],
})

export const linkMessage = new Message(ifinfomsg, attributes({ ...plain, linkinfo: [18, linkinfo] }))

export type LinkMessage = Decoded<typeof linkMessage>
