/** Sockets that take what arrives for a port: listening TCP and SCTP ones, and UDP ones that are not connected. */
import { addressText } from '../../api/address/bytes.ts'
import { NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, socketMessage, socketRequest } from '../netlink/sock-diag.ts'
import { RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { Listener } from './model.ts'
import type { Session } from './session.ts'

/** IPPROTO_*, linux/in.h, and the state such a socket is in: TCP_CLOSE or TCP_LISTEN, net/tcp_states.h. */
const protocols = {
  tcp: { number: 6, state: 10 },
  udp: { number: 17, state: 7 },
  sctp: { number: 132, state: 10 },
} as const

/** Throws NetlinkError: ENOENT where the kernel has no such diagnosis (CONFIG_INET_UDP_DIAG, CONFIG_INET_SCTP_DIAG). */
export function readListeners(session: Session, namespace: Namespace, protocol: Listener['protocol']): Listener[] {
  const { number, state } = protocols[protocol]
  const socket = session.in(namespace).inside(() => RequestSocket.open(NETLINK_SOCK_DIAG))
  try {
    return (['ipv4', 'ipv6'] as const).flatMap((family) =>
      socket
        .dump(SOCK_DIAG_BY_FAMILY, (writer) =>
          socketRequest.write(writer, {
            family,
            protocol: number,
            states: 1 << state,
          }),
        )
        .map(({ body }) => socketMessage.read(body))
        .filter((found) => found.family === family)
        .map((found) => ({
          protocol,
          family,
          address: addressText(found.source.subarray(0, family === 'ipv4' ? 4 : 16)),
          port: found.sourcePort,
          ...(found.interfaceIndex === 0 ? {} : { linkIndex: found.interfaceIndex }),
          isIpv6Only: found.isIpv6Only === true,
        })),
    )
  } finally {
    socket.close()
  }
}
