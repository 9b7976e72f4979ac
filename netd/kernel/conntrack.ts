/** conntrack.flush: forgets flows, by their original destination as it was before DNAT, or by an address at either end. */
import { readFileSync } from 'node:fs'
import { NetlinkError } from '../netlink/error.ts'
import {
  conntrackMessage,
  conntrackVersion,
  CTA_FILTER_IP_SRC,
  IPCTNL_MSG_CT_DELETE,
  IPCTNL_MSG_CT_GET,
} from '../netlink/nfnetlink/conntrack.ts'
import { conntrackType } from '../netlink/nfnetlink/header.ts'
import type { RequestSocket } from '../netlink/socket.ts'
import type { KernelStep } from './kernel.ts'
import type { Verb } from './verb.ts'

type Flow = ReturnType<typeof conntrackMessage.read>
type ByPort = Extract<KernelStep, { do: 'conntrack.flush'; port: unknown }>

/** IPPROTO_*. */
const protocols = { tcp: 6, udp: 17, sctp: 132 } as const

/** Whether there is any flow at all: a dump walks the whole hash table, 262,144 buckets in 12 ms on a small machine. */
function hasFlows(): boolean {
  try {
    return readFileSync('/proc/sys/net/netfilter/nf_conntrack_count', 'utf8').trim() !== '0'
  } catch (error) {
    // Connection tracking is not loaded.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

export const flushFlows: Verb<'conntrack.flush'> = (session, step) => {
  const handle = session.in(step.namespace)
  if (!handle.inside(hasFlows)) return {}
  if ('addresses' in step) flushAddresses(handle.netfilter, step.addresses)
  else flushMatching(handle.netfilter, byPort(step))
  return {}
}

/**
 * Whoever speaks from an address, in one direction or the other: the source of a reply is where the flow ends up after
 * DNAT. The kernel deletes by itself what a filter describes (5.8 and later), but not for IPv6, whose comparison is
 * inverted there: everybody else's flows would go (ctnetlink_filter_match_tuple, net/netfilter/nf_conntrack_netlink.c).
 */
function flushAddresses(socket: RequestSocket, addresses: string[]): void {
  const others = new Set(addresses.filter((address) => address.includes(':')))
  for (const address of addresses) if (!others.has(address)) flushIpv4(socket, address)
  if (others.size === 0) return
  const isOurs = (address: string | undefined): boolean => address !== undefined && others.has(address)
  flushMatching(socket, ({ original, reply }) => isOurs(original?.ip?.ipv6Source) || isOurs(reply?.ip?.ipv6Source))
}

function flushIpv4(socket: RequestSocket, address: string): void {
  const source = { ip: { ipv4Source: address } }
  for (const filtered of [
    { original: source, filter: { originalFields: CTA_FILTER_IP_SRC, replyFields: 0 } },
    { reply: source, filter: { originalFields: 0, replyFields: CTA_FILTER_IP_SRC } },
  ])
    socket.request(conntrackType(IPCTNL_MSG_CT_DELETE), 0, (writer) =>
      conntrackMessage.write(writer, { family: 'ip', version: conntrackVersion, ...filtered }),
    )
}

function byPort({ protocol, address, family: onlyFamily, port }: ByPort): (flow: Flow) => boolean {
  const ports = new Set([port].flat())
  return ({ family, original }) =>
    original?.protocol?.number === protocols[protocol] &&
    ports.has(original.protocol.destinationPort ?? -1) &&
    (onlyFamily === undefined || family === (onlyFamily === 'ipv4' ? 'ip' : 'ip6')) &&
    (address === undefined || original.ip?.ipv4Destination === address || original.ip?.ipv6Destination === address)
}

/** One walk for both families. */
function flushMatching(socket: RequestSocket, matches: (flow: Flow) => boolean): void {
  const flows = socket.dump(conntrackType(IPCTNL_MSG_CT_GET), (writer) => conntrackMessage.write(writer, {}))
  for (const { body } of flows) {
    const flow = conntrackMessage.read(body)
    if (!matches(flow)) continue
    const { family, original, zone } = flow
    try {
      socket.request(conntrackType(IPCTNL_MSG_CT_DELETE), 0, (writer) =>
        conntrackMessage.write(writer, {
          ...(family === undefined ? {} : { family }),
          ...(original === undefined ? {} : { original }),
          ...(zone === undefined ? {} : { zone }),
        }),
      )
    } catch (error) {
      // The flow ended by itself meanwhile.
      if (!(error instanceof NetlinkError && error.errno === 'ENOENT')) throw error
    }
  }
}
