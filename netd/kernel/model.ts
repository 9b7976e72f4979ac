/** What the kernel tells about its objects, in the words of iproute2. */

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
  masterIndex?: number
  /** IFLA_LINK: the peer of a veth, the parent of a macvlan. */
  linkIndex?: number
  /** IFLA_LINK_NETNSID: the namespace `linkIndex` counts in, when it is another one. */
  linkNetnsId?: number
  alias?: string
  /** IFLA_GROUP, 0 for most. */
  group: number
}

export interface Address {
  linkIndex: number
  /** CIDR. */
  address: string
  family: 'ipv4' | 'ipv6'
  /** RT_SCOPE_*, rtnetlink.h. */
  scope: 'global' | 'site' | 'link' | 'host' | 'nowhere'
  label?: string
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
