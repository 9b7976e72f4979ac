import { Session, Thread } from '../../netd/kernel/session.ts'
import { listen } from '../../netd/kernel/sockets.ts'
import type { ListeningSocket, Namespace } from '../../netd/kernel/kernel.ts'

const thread = new Thread((reason) => {
  console.error(`cannot return to the network namespace of the tests: ${reason}`)
  return process.exit(1)
})

/** A bound socket in a namespace, for `net.Server.listen({fd})` or `dgram.Socket.bind({fd})`: served from the test itself. */
export function listenIn(
  namespace: Namespace,
  protocol: 'tcp' | 'udp',
  address: string,
  port: number,
): ListeningSocket {
  using session = new Session(thread)
  return listen(session, namespace, protocol, address, port)
}
