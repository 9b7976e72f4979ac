/** The fixed part of the firewall: one inet table with every set, chain and rule there will ever be. */
import {
  accept,
  dnat,
  drop,
  ipv4,
  ipv6,
  isIn,
  isKnownFlow,
  isLoopback,
  isPublished,
  jump,
  l4proto,
  leave,
  masquerade,
  snat,
  toLoopbackIpv6,
  toThisHost,
  type Family,
  type Field,
} from './rule.ts'
import type { Chain, Ruleset, SetShape } from './ruleset.ts'

/** Single ports are in hash maps: deleting from an interval map costs milliseconds. A range of ports is one element of an interval map. */
export const sets = {
  /** Every bridge of ours. */
  bridges: { key: ['ifname'] },
  internal_bridges: { key: ['ifname'] },
  /** Ports do not hear each other. */
  isolating_bridges: { key: ['ifname'] },
  /** Gateway mode `nat-unprotected`. */
  open_ipv4: { key: ['ifname'] },
  open_ipv6: { key: ['ifname'] },
  /** Gateway mode `routed`. */
  routed_ipv4: { key: ['ifname'] },
  routed_ipv6: { key: ['ifname'] },
  /** An interface of the host, and a bridge whose published ports are reached directly from there. */
  trusted: { key: ['ifname', 'ifname'] },
  /** A container's own address, and what is published there. */
  direct_ipv4: { key: ['ipv4_addr', 'inet_proto', 'inet_service'] },
  direct_ipv6: { key: ['ipv6_addr', 'inet_proto', 'inet_service'] },
  /** A bridge beside itself: what stays on it. */
  same_bridge: { key: ['ifname', 'ifname'] },
  /** A bridge and its own subnets. */
  local_ipv4: { key: ['ifname', 'ipv4_addr'], isInterval: true },
  local_ipv6: { key: ['ifname', 'ipv6_addr'], isInterval: true },
  /** Subnets that leave under the host's address. */
  masquerade_ipv4: { key: ['ipv4_addr'], isInterval: true },
  masquerade_ipv6: { key: ['ipv6_addr'], isInterval: true },
  /** Subnets that leave under an address of their own. */
  snat_ipv4: { key: ['ipv4_addr'], data: ['ipv4_addr'], isInterval: true },
  snat_ipv6: { key: ['ipv6_addr'], data: ['ipv6_addr'], isInterval: true },
  /** Published on every address of the host. */
  publish_ipv4: { key: ['inet_proto', 'inet_service'], data: ['ipv4_addr', 'inet_service'] },
  publish_ipv6: { key: ['inet_proto', 'inet_service'], data: ['ipv6_addr', 'inet_service'] },
  /** Published on one address. */
  publish_address_ipv4: { key: ['ipv4_addr', 'inet_proto', 'inet_service'], data: ['ipv4_addr', 'inet_service'] },
  publish_address_ipv6: { key: ['ipv6_addr', 'inet_proto', 'inet_service'], data: ['ipv6_addr', 'inet_service'] },
  /** Ranges that have the same numbers outside and inside. */
  publish_range_ipv4: { key: ['ipv4_addr', 'inet_proto', 'inet_service'], data: ['ipv4_addr'], isInterval: true },
  publish_range_ipv6: { key: ['ipv6_addr', 'inet_proto', 'inet_service'], data: ['ipv6_addr'], isInterval: true },
} as const satisfies Record<string, SetShape>

export type SetName = keyof typeof sets

const userChain = 'user'

const direct = (family: Family): Field[] => [`${family} daddr`, 'meta l4proto', 'th dport']

/** Priorities: NF_IP_PRI_RAW, NF_IP_PRI_NAT_DST, NF_IP_PRI_NAT_SRC and NF_IP_PRI_FILTER of linux/netfilter_ipv4.h. */
const chains: Record<string, Chain> = {
  guard: {
    hook: { type: 'filter', hook: 'prerouting', priority: -300 },
    rules: [
      // route_localnet lets the host reach published ports by 127.0.0.1; without these two it would let containers in, too.
      ["no way to the host's loopback", isIn('bridges', 'iifname'), isLoopback('ip daddr'), drop],
      ["no passing for the host's loopback", isIn('bridges', 'iifname'), isLoopback('ip saddr'), drop],
    ],
  },
  publish: {
    rules: [
      ['one address', dnat('ip', 'publish_address_ipv4', ['ip daddr', 'meta l4proto', 'th dport'], { hasPort: true })],
      ['every address', dnat('ip', 'publish_ipv4', ['meta l4proto', 'th dport'], { hasPort: true })],
      ['ranges', dnat('ip', 'publish_range_ipv4', ['ip daddr', 'meta l4proto', 'th dport'], { hasPort: false })],
      [
        'one address',
        dnat('ip6', 'publish_address_ipv6', ['ip6 daddr', 'meta l4proto', 'th dport'], { hasPort: true }),
      ],
      ['every address', dnat('ip6', 'publish_ipv6', ['meta l4proto', 'th dport'], { hasPort: true })],
      ['ranges', dnat('ip6', 'publish_range_ipv6', ['ip6 daddr', 'meta l4proto', 'th dport'], { hasPort: false })],
    ],
  },
  prerouting: {
    hook: { type: 'nat', hook: 'prerouting', priority: -100 },
    rules: [
      // What is published on 127.0.0.1 is for this host only, even where some other tool lets martians in.
      ['loopback is published to this host only', isLoopback('ip daddr'), leave],
      // br_netfilter would rewrite the frame and leave it in the bridge, whose isolated ports drop it (br_nf_pre_routing_finish,
      // net/bridge/br_netfilter_hooks.c).
      ['the proxy serves who may not hear a neighbour', isIn('isolating_bridges', 'iifname'), leave],
      [undefined, toThisHost, jump('publish')],
    ],
  },
  output: {
    hook: { type: 'nat', hook: 'output', priority: -100 },
    rules: [
      // The kernel has no route_localnet for IPv6: nothing with the source ::1 may leave lo.
      ['the proxy serves [::1]', toLoopbackIpv6, leave],
      [undefined, toThisHost, jump('publish')],
    ],
  },
  postrouting: {
    hook: { type: 'nat', hook: 'postrouting', priority: 100 },
    rules: [
      // Or the container would answer its neighbour directly, from an address the neighbour never asked.
      ['hairpin', isPublished, ipv4, isIn('local_ipv4', 'oifname', 'ip saddr'), masquerade],
      ['hairpin', isPublished, ipv6, isIn('local_ipv6', 'oifname', 'ip6 saddr'), masquerade],
      ['localhost to a published port', isPublished, isIn('bridges', 'oifname'), isLoopback('ip saddr'), masquerade],
      ['within a network', ipv4, isIn('local_ipv4', 'oifname', 'ip saddr'), leave],
      ['within a network', ipv6, isIn('local_ipv6', 'oifname', 'ip6 saddr'), leave],
      ['to the outside, under an address of its own', snat('ip', 'snat_ipv4', 'ip saddr')],
      ['to the outside, under an address of its own', snat('ip6', 'snat_ipv6', 'ip6 saddr')],
      ['to the outside', ipv4, isIn('masquerade_ipv4', 'ip saddr'), masquerade],
      ['to the outside', ipv6, isIn('masquerade_ipv6', 'ip6 saddr'), masquerade],
    ],
  },
  forward: {
    hook: { type: 'filter', hook: 'forward', priority: 0 },
    rules: [
      ["the user's own policy first", jump(userChain)],
      [undefined, isKnownFlow, accept],
      // Bridged frames come by here, too, where br_netfilter is loaded.
      ['within a network', isIn('same_bridge', 'iifname', 'oifname'), accept],
      ['nothing out of an internal network', isIn('internal_bridges', 'iifname'), drop],
      ['nothing into an internal network', isIn('internal_bridges', 'oifname'), drop],
      ['published ports', isIn('bridges', 'oifname'), isPublished, accept],
      ['published ports, routed', ipv4, isIn('routed_ipv4', 'oifname'), isIn('direct_ipv4', ...direct('ip')), accept],
      ['published ports, routed', ipv6, isIn('routed_ipv6', 'oifname'), isIn('direct_ipv6', ...direct('ip6')), accept],
      ['ping, routed', isIn('routed_ipv4', 'oifname'), l4proto('icmp'), accept],
      ['ping, routed', isIn('routed_ipv6', 'oifname'), l4proto('icmpv6'), accept],
      [
        'from a trusted interface',
        ipv4,
        isIn('trusted', 'iifname', 'oifname'),
        isIn('direct_ipv4', ...direct('ip')),
        accept,
      ],
      [
        'from a trusted interface',
        ipv6,
        isIn('trusted', 'iifname', 'oifname'),
        isIn('direct_ipv6', ...direct('ip6')),
        accept,
      ],
      ['unprotected', ipv4, isIn('open_ipv4', 'oifname'), accept],
      ['unprotected', ipv6, isIn('open_ipv6', 'oifname'), accept],
      ['nothing else into a network', isIn('bridges', 'oifname'), drop],
    ],
  },
}

export const skeleton: Ruleset = { family: 'inet', sets, chains, userChain }
