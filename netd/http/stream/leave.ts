/** How the connection of a conversation ends with its client. */
import type { Duplex } from 'node:stream'

/** How long a client that has gone may keep its connection, and what is sent there. */
const goneWithinMs = 2_000

/**
 * A client that has closed its side may still listen, and for that its end looks like one that has gone; of a process that is
 * silent nobody would ever learn. To write nothing is enough to hear of it: EPIPE (unix_stream_sendmsg, net/unix/af_unix.c),
 * or over TCP what the answer to a keep-alive probe was. dockerd 26 holds such a connection until the process ends.
 */
export function leavesWithClient(socket: Duplex): void {
  const listen = (): void => {
    const timer = setInterval(() => {
      // What still waits to be written will tell by itself.
      if (socket.writableLength === 0 && !socket.writableEnded) socket.write('')
    }, goneWithinMs).unref()
    socket.once('close', () => clearInterval(timer))
  }
  if (socket.readableEnded) listen()
  else socket.once('end', listen)
}
