/**
 * struct nfgenmsg, linux/netfilter/nfnetlink.h; a message's type is its subsystem's number and its own, a byte each:
 *
 *     0        1         2                 4
 *     +--------+---------+-----------------+
 *     | family | version | res_id          |
 *     +--------+---------+-----------------+
 */
import { be16, enumeration, u8 } from '../codec/format.ts'

export const nfgenmsg = {
  /** NFPROTO_*, linux/netfilter.h. */
  family: enumeration(u8, { unspec: 0, inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 }),
  version: u8,
  resourceId: be16,
} as const

const subsystem = { conntrack: 1, nftables: 10 } as const

export const nftablesSubsystem = subsystem.nftables

export const nftablesType = (message: number): number => (subsystem.nftables << 8) | message
export const conntrackType = (message: number): number => (subsystem.conntrack << 8) | message
