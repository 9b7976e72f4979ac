/** conntrack.flush: forgets the flows to an original destination, as it was before DNAT. */
import { NetlinkError } from '../netlink/error.ts'
import { conntrackMessage, IPCTNL_MSG_CT_DELETE, IPCTNL_MSG_CT_GET } from '../netlink/nfnetlink/conntrack.ts'
import { conntrackType } from '../netlink/nfnetlink/header.ts'
import { familyOf } from './cidr.ts'
import type { Verb } from './verb.ts'

/** IPPROTO_*. */
const protocols = { tcp: 6, udp: 17, sctp: 132 } as const

export const flushFlows: Verb<'conntrack.flush'> = (session, { namespace, protocol, address, port }) => {
  const socket = session.in(namespace).netfilter
  const families = address === undefined ? (['ip', 'ip6'] as const) : ([familyOf(address) === 2 ? 'ip' : 'ip6'] as const)
  for (const family of families) {
    // The kernel filters (since 5.8); an older one sends every flow, so each is looked at again.
    const flows = socket.dump(conntrackType(IPCTNL_MSG_CT_GET), (writer) =>
      conntrackMessage.write(writer, {
        family,
        original: {
          ...(address === undefined ? {} : { ip: family === 'ip' ? { ipv4Destination: address } : { ipv6Destination: address } }),
          protocol: { number: protocols[protocol], destinationPort: port },
        },
        filter: { original: [...(address === undefined ? [] : ['ip-destination' as const]), 'protocol', 'destination-port'] },
      }),
    )
    for (const { body } of flows) {
      const { original, zone } = conntrackMessage.read(body)
      if (original?.protocol?.number !== protocols[protocol] || original.protocol.destinationPort !== port) continue
      if (address !== undefined && original.ip?.ipv4Destination !== address && original.ip?.ipv6Destination !== address) continue
      try {
        socket.request(conntrackType(IPCTNL_MSG_CT_DELETE), 0, (writer) =>
          conntrackMessage.write(writer, { family, original, ...(zone === undefined ? {} : { zone }) }),
        )
      } catch (error) {
        // The flow ended by itself meanwhile.
        if (!(error instanceof NetlinkError && error.errno === 'ENOENT')) throw error
      }
    }
  }
  return {}
}
