/** A bound TCP port, and what is done with the connections that do reach its socket: taken on to the container. */
import { once } from 'node:events'
import { connect, createServer, isIPv6, type Socket } from 'node:net'
import { Guard, type GuardLog } from '../../guard.ts'
import type { Forwarding } from './forwarding.ts'

/** A peer that vanished without a word is noticed in the end. */
const keepAliveMs = 60_000

export async function listenTcp(
  hostAddress: string,
  port: number,
  target: { host: string; port: number },
  log: GuardLog,
): Promise<Forwarding> {
  const connections = new Set<Socket>()
  const what = `port ${hostAddress} ${port}/tcp`
  const guard = new Guard({ what, log })
  const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
  const forward = (client: Socket): void => {
    const container = connect({ ...options, ...target })
    new Guard({ what: `connection to ${what}`, log }).errorsOf(client, container)
    join(client, container, connections)
    join(container, client, connections)
  }
  const server = createServer(options, guard.listener(forward))
  server.listen({ host: hostAddress, port, ipv6Only: isIPv6(hostAddress) })
  await once(server, 'listening')
  // accept(2) out of descriptors: the connection is lost, the port is not.
  guard.errorsOf(server)
  const drain = async (): Promise<void> => {
    server.close()
    await once(server, 'close')
  }
  return {
    retarget(next) {
      target = next
    },
    async close() {
      for (const connection of connections) connection.destroy()
      await drain()
    },
    drain,
  }
}

/** One direction. `pipe` waits for a slow reader and passes a half-close on; a reset on one side becomes one on the other. */
function join(from: Socket, to: Socket, connections: Set<Socket>): void {
  connections.add(from)
  from.pipe(to)
  from.once('close', (hadError) => {
    connections.delete(from)
    if (hadError) to.resetAndDestroy()
  })
}
