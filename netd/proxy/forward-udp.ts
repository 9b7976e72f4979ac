/** A bound UDP port, and what is done with the datagrams that do reach its socket: a session per client, with a socket of its own. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Forwarding } from './forwarding.ts'

/** As connection tracking does with an answered flow (nf_conntrack_udp_timeout_stream is 120), and docker-proxy (90). */
const idleMs = 90_000
/** Of one port; the client that was silent longest makes room. */
const sessionLimit = 1_024

interface Session {
  socket: Socket
  ready: Promise<void>
  idle: NodeJS.Timeout
}

export async function listenUdp(
  hostAddress: string,
  port: number,
  target: { host: string; port: number },
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
  server.on('error', () => {})

  /** By client, least recently heard first. */
  const sessions = new Map<string, Session>()
  const end = (client: string): void => {
    const session = sessions.get(client)
    sessions.delete(client)
    clearTimeout(session?.idle)
    session?.socket.close()
  }

  server.on('message', (message, { address, port }) => {
    const client = `${address} ${port}`
    let session = sessions.get(client)
    if (session === undefined) {
      const [oldest] = sessions.keys()
      if (sessions.size >= sessionLimit && oldest !== undefined) end(oldest)
      session = openSession(
        target,
        (reply) => server.send(reply, port, address),
        setTimeout(end, idleMs, client).unref(),
      )
    }
    sessions.delete(client)
    sessions.set(client, session)
    session.idle.refresh()
    const { socket, ready } = session
    void ready.then(() => sessions.get(client)?.socket === socket && socket.send(message))
  })

  return {
    /** A client that is being served goes on with the old address until it is silent: its container has gone anyway. */
    retarget(next) {
      target = next
    },
    async close() {
      for (const client of sessions.keys()) end(client)
      server.close()
      await once(server, 'close')
    },
  }
}

/** Connected, so that only the container's own datagrams count as replies. */
function openSession(
  target: { host: string; port: number },
  onReply: (reply: Buffer) => void,
  idle: NodeJS.Timeout,
): Session {
  const socket = createSocket({ type: isIPv6(target.host) ? 'udp6' : 'udp4' })
  // ECONNREFUSED: nobody listens in the container yet. The next datagram may find somebody.
  socket.on('error', () => {})
  socket.on('message', (reply) => {
    idle.refresh()
    onReply(reply)
  })
  const ready = new Promise<void>((resolve) => {
    socket.connect(target.port, target.host, resolve)
  })
  return { socket, ready, idle }
}
