import { rm } from 'node:fs/promises'
import { connect } from 'node:net'

/** It has nothing to do but to close its sockets. */
const endedWithinMs = 5_000

/**
 * Before there was a data plane, netd's port proxy was a process of its own, which outlives its netd as well and holds the
 * ports that the data plane is about to bind. Resolves once it has ended; at once where there is none.
 */
export async function endFormerProxy(socketPath: string): Promise<void> {
  const socket = connect(socketPath)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  // Nobody listens: `close` follows.
  socket.on('error', () => {})
  socket.once('connect', () => socket.write(`${JSON.stringify({ id: 0, do: 'shutdown' })}\n`))
  socket.resume().setTimeout(endedWithinMs, () => socket.destroy())
  await closed
  await rm(socketPath, { force: true })
}
