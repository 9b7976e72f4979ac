/** A bound UDP port, and what is done with the datagrams that do reach its socket: a session per client, with a socket of its own. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { Guard, type GuardLog } from '../../guard.ts'
import { ConnectedDatagrams } from '../connected-datagrams.ts'
import type { Forwarding } from './forwarding.ts'

/** As connection tracking does with an answered flow (nf_conntrack_udp_timeout_stream is 120), and docker-proxy (90). */
const idleMs = 90_000
/** Of one port; the client that was silent longest makes room. */
const sessionLimit = 1_024

interface Session {
  container: ConnectedDatagrams
  idle: NodeJS.Timeout
}

export async function listenUdp(
  hostAddress: string,
  port: number,
  target: { host: string; port: number },
  log: GuardLog,
): Promise<Forwarding> {
  const server = createSocket({ type: isIPv6(hostAddress) ? 'udp6' : 'udp4', ipv6Only: isIPv6(hostAddress) })
  server.bind(port, hostAddress)
  try {
    await once(server, 'listening')
  } catch (error) {
    server.close()
    throw error
  }
  // A reply that cannot be sent concerns one client; the port goes on.
  const guard = new Guard({ what: `port ${hostAddress} ${port}/udp`, log })
  guard.errorsOf(server)

  /** By client, least recently heard first. */
  const sessions = new Map<string, Session>()
  const end = (client: string): void => {
    const session = sessions.get(client)
    sessions.delete(client)
    clearTimeout(session?.idle)
    session?.container.close()
  }

  const forward = (message: Buffer, { address, port }: RemoteInfo): void => {
    // RFC 768: a source port of zero says that no reply is wanted; there is none to send one to.
    if (port === 0) return
    const client = `${address} ${port}`
    let session = sessions.get(client)
    if (session === undefined) {
      const [oldest] = sessions.keys()
      if (sessions.size >= sessionLimit && oldest !== undefined) end(oldest)
      session = {
        container: new ConnectedDatagrams(target, {
          onMessage: guard.listener((reply: Buffer) => {
            sessions.get(client)?.idle.refresh()
            server.send(reply, port, address)
          }),
          // Nobody listens in the container yet: the next datagram may find somebody. Unreachable, the next one asks for the way anew.
          onError: ({ code }) => code !== 'ECONNREFUSED' && end(client),
        }),
        idle: setTimeout(end, idleMs, client).unref(),
      }
    }
    sessions.delete(client)
    sessions.set(client, session)
    session.idle.refresh()
    session.container.send(message)
  }
  server.on('message', guard.listener(forward))

  const close = async (): Promise<void> => {
    for (const client of sessions.keys()) end(client)
    server.close()
    await once(server, 'close')
  }
  return {
    /** A client that is being served goes on with the old address until it is silent: its container has gone anyway. */
    retarget(next) {
      target = next
    },
    close,
    // A flow of datagrams has no end to wait for.
    drain: close,
  }
}
