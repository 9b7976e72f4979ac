/** What the kernel tells about its objects, in the words of iproute2. */

import type { Ruleset } from './nft.ts'

export { mainTable } from '../netlink/rtnetlink/route.ts'

export interface Link {
  index: number
  name: string
  /** IFLA_INFO_KIND; absent for loopback and physical devices. */
  kind?: string
  mac: string
  mtu: number
  isUp: boolean
  hasCarrier: boolean
  isLoopback: boolean
  /** IFF_NOARP: nobody is asked for hardware addresses, and nobody answered. */
  isNoArp?: boolean
  masterIndex?: number
  /** IFLA_LINK: the peer of a veth, the parent of a macvlan. */
  linkIndex?: number
  /** IFLA_LINK_NETNSID: the namespace `linkIndex` counts in, when it is another one. */
  linkNetnsId?: number
  alias?: string
  /** IFLA_GROUP, 0 for most. */
  group: number
  /** Of a bridge: whether it tells VLANs apart. */
  isVlanFiltering?: boolean
  /** IFLA_MACVLAN_MODE, IFLA_VLAN_ID. */
  macvlanMode?: string
  vlanId?: number
  /** Of a bridge's port, IFLA_BRPORT_*: `forwarding` is BR_STATE_FORWARDING, linux/if_bridge.h. */
  port?: { isForwarding: boolean; isIsolated: boolean; isHairpin: boolean; isFlooding: boolean; isLearning: boolean }
}

export interface Address {
  linkIndex: number
  /** CIDR. */
  address: string
  family: 'ipv4' | 'ipv6'
  /** RT_SCOPE_*, rtnetlink.h. */
  scope: 'global' | 'site' | 'link' | 'host' | 'nowhere'
  label?: string
  /** Of IPv6: duplicate address detection goes on, or has found another owner; then the kernel does not answer for it. */
  isTentative?: boolean
}

export interface Route {
  family: 'ipv4' | 'ipv6'
  /** CIDR; `default` for length 0. */
  destination: string
  gateway?: string
  linkIndex?: number
  table: number
  metric?: number
  type: 'unicast' | 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'other'
  scope: Address['scope']
}

export interface Neighbour {
  linkIndex: number
  address: string
  mac?: string
  /** NUD_*, as ip-neighbour(8) prints it. */
  state: string
}

/** One line of `bridge fdb`: behind which port of which bridge a MAC is. */
export interface ForwardingEntry {
  mac: string
  /** The port, or the bridge itself. */
  linkIndex: number
  masterIndex?: number
  vlan?: number
  /** NUD_PERMANENT: the device's own address, or one that somebody has put there; with NUD_NOARP only the latter. */
  isPermanent: boolean
  isStatic: boolean
}

/** A VLAN of a bridge's port, or of the bridge itself. */
export interface BridgeVlan {
  linkIndex: number
  vlan: number
  isPvid: boolean
  isUntagged: boolean
}

export interface Listener {
  protocol: 'tcp' | 'udp' | 'sctp'
  family: 'ipv4' | 'ipv6'
  /** `::` without `isIpv6Only` takes IPv4, too. */
  address: string
  port: number
  /** SO_BINDTODEVICE. */
  linkIndex?: number
  isIpv6Only: boolean
}

/** A line of `ip rule`. */
export interface PolicyRule {
  family: 'ipv4' | 'ipv6'
  priority: number
  table: number
  text: string
}

/** What ip-route-get(8) asks with. */
export interface RouteQuestion {
  destination: string
  source?: string
  /** The packet has come in by it; without, it is our own. */
  inputIndex?: number
  outputIndex?: number
  mark?: number
  protocol?: number
  sourcePort?: number
  destinationPort?: number
}

export type RouteAnswer =
  | {
      route: Route
      /** RTA_PREFSRC: what a packet of our own has as its source. */
      source?: string
      /** The entry of the table that decided, where the kernel tells. */
      entry?: Route
    }
  | { errno: string; detail?: string }

/** All that a packet can meet in one namespace. */
export interface Survey {
  inode: number
  links: Link[]
  addresses: Address[]
  neighbours: Neighbour[]
  forwardingDatabase: ForwardingEntry[]
  vlans: BridgeVlan[]
  rules: PolicyRule[]
  ruleset: Ruleset
  /** Tables of the iptables before nf_tables, which nothing but itself can read: `filter`, `ip6 nat`. */
  legacyTables: string[]
}
