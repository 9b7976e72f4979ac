/**
 * What a port of a bridge may say: a table of the bridge family, before the bridge has learned from the frame or br_netfilter
 * has seen it. A port is guarded while its elements are there: its MAC and its addresses, nothing else. There only once a
 * network asks for it, so that nobody else's frames pay.
 */
import { isIPv6 } from 'node:net'
import { canonicalAddress } from '../../api/address/address.ts'
import type { NftElement, NftValue } from '../kernel/nft.ts'
import {
  etherType,
  fromUnspecified,
  hasOtherOption,
  icmpv6Type,
  isArpProbe,
  optionIsNotIn,
  toLinkLocalGroup,
} from './frame.ts'
import { accept, drop, isIn, isNotIn, jump } from './rule.ts'
import type { Chain, Ruleset, SetShape } from './ruleset.ts'

/** Of an endpoint on a bridge. */
export interface PortGuard {
  /** Its link on the host. */
  port: string
  mac: string
  /** Without prefix length; with the link-local ones that it will have. */
  addresses: string[]
}

const sets = {
  guarded: { key: ['ifname'] },
  port_mac: { key: ['ifname', 'ether_addr'] },
  port_ipv4: { key: ['ifname', 'ipv4_addr'] },
  port_ipv6: { key: ['ifname', 'ipv6_addr'] },
} as const satisfies Record<string, SetShape>

/** Repeated in the chains below, which are jumped to with it, so that nft(8) prints the fields by their names. */
const [arp, ip6] = [etherType('arp'), etherType('ip6')]
const ndTargetIsNotOwn = isNotIn('port_ipv6', 'iifname', 'icmpv6 taddr')

/** Priority: NF_BR_PRI_NAT_DST_BRIDGED of linux/netfilter_bridge.h. */
const chains: Record<string, Chain> = {
  arp: {
    rules: [
      ["another's MAC address", arp, isNotIn('port_mac', 'iifname', 'arp saddr ether'), drop],
      ['asks who has an address, and says nothing', arp, isArpProbe, accept],
      [undefined, arp, isIn('port_ipv4', 'iifname', 'arp saddr ip'), accept],
      ["another's address", drop],
    ],
  },
  unspecified: {
    rules: [
      [
        "an address of another's would be taken for a duplicate",
        icmpv6Type('nd-neighbor-solicit'),
        ndTargetIsNotOwn,
        drop,
      ],
      [undefined, ip6, toLinkLocalGroup, accept],
      [undefined, drop],
    ],
  },
  ipv6: {
    rules: [
      ['a container is no router', icmpv6Type('nd-router-advert'), drop],
      ['a container is no router', icmpv6Type('nd-redirect'), drop],
      ['before it has an address', ip6, fromUnspecified, jump('unspecified')],
      ["another's address", ip6, isNotIn('port_ipv6', 'iifname', 'ip6 saddr'), drop],
      ["another's address", icmpv6Type('nd-neighbor-advert'), ndTargetIsNotOwn, drop],
      ...(['nd-neighbor-solicit', 'nd-neighbor-advert', 'nd-router-solicit'] as const).flatMap(
        (type): Chain['rules'] => [
          // Of several the first counts (ndisc_parse_options, net/ipv6/ndisc.c), so that it has to be the one that is looked at.
          ['a link-layer address could be behind it', hasOtherOption(type), drop],
          ["another's MAC address", optionIsNotIn('port_mac', type), drop],
        ],
      ),
      [undefined, accept],
    ],
  },
  port: {
    rules: [
      ["another's MAC address", isNotIn('port_mac', 'iifname', 'ether saddr'), drop],
      [undefined, etherType('ip'), isIn('port_ipv4', 'iifname', 'ip saddr'), accept],
      [undefined, arp, jump('arp')],
      [undefined, ip6, jump('ipv6')],
      ["another's address, another protocol, or a VLAN tag", drop],
    ],
  },
  prerouting: {
    hook: { type: 'filter', hook: 'prerouting', priority: -300 },
    rules: [[undefined, isIn('guarded', 'iifname'), jump('port')]],
  },
}

export const antiSpoofing = { family: 'bridge', sets, chains } as const satisfies Ruleset

export function guardElements({ port, mac, addresses }: PortGuard): Partial<Record<keyof typeof sets, NftElement[]>> {
  const ifname: NftValue = { ifname: port }
  const [ipv6, ipv4] = [addresses.filter(isIPv6), addresses.filter((address) => !isIPv6(address))]
  return {
    port_mac: [{ key: [ifname, { mac }] }],
    ...(ipv4.length === 0 ? {} : { port_ipv4: ipv4.map((address) => ({ key: [ifname, { ipv4: address }] })) }),
    ...(ipv6.length === 0
      ? {}
      : { port_ipv6: ipv6.map((address) => ({ key: [ifname, { ipv6: canonicalAddress(address) }] })) }),
    guarded: [{ key: [ifname] }],
  }
}
