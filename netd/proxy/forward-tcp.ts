/** A bound TCP port, and what is done with the connections that do reach its socket: taken on to the container. */
import { once } from 'node:events'
import { connect, createServer, isIPv6, type Socket } from 'node:net'
import type { Forwarding } from './forwarding.ts'

/** A peer that vanished without a word is noticed in the end. */
const keepAliveMs = 60_000

export async function listenTcp(
  hostAddress: string,
  port: number,
  target: { host: string; port: number },
): Promise<Forwarding> {
  const connections = new Set<Socket>()
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
    (client) => {
      const container = connect({
        ...target,
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveMs,
      })
      join(client, container, connections)
      join(container, client, connections)
    },
  )
  server.listen({ host: hostAddress, port, ipv6Only: isIPv6(hostAddress) })
  await once(server, 'listening')
  // accept(2) out of descriptors: the connection is lost, the port is not.
  server.on('error', () => {})
  return {
    retarget(next) {
      target = next
    },
    async close() {
      for (const connection of connections) connection.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One direction. `pipe` waits for a slow reader and passes a half-close on; a reset on one side becomes one on the other. */
function join(from: Socket, to: Socket, connections: Set<Socket>): void {
  connections.add(from)
  from.pipe(to)
  from.on('error', () => {})
  from.once('close', (hadError) => {
    connections.delete(from)
    if (hadError) to.resetAndDestroy()
  })
}
