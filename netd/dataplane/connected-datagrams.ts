/**
 * A datagram socket connected to one peer, so that the kernel lets through only what comes from the peer, and tells when
 * nobody listens there. connect(2) may fail as well (no route, the link is down): Node tells that to the callback, and
 * `send` on a socket that did not connect throws there (ERR_SOCKET_BAD_PORT), so nothing is sent before it has.
 */
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

export interface DatagramListeners {
  onMessage: (message: Buffer) => void
  /** No route (ENETUNREACH), or nobody listens there (ECONNREFUSED). Whether that is the end is the owner's to say. */
  onError: (error: NodeJS.ErrnoException) => void
}

/** Datagrams that wait for connect(2), which takes a turn of the event loop: more is a flood. */
const waitingLimit = 64

export class ConnectedDatagrams {
  readonly #socket
  readonly #onError: DatagramListeners['onError']
  #waiting: Buffer[] = []
  #state: 'connecting' | 'connected' | 'unreachable' | 'closed' = 'connecting'

  /** @param peer.fd a socket that is there already, in another namespace perhaps. */
  constructor(
    { host, port, fd }: { host: string; port: number; fd?: number },
    { onMessage, onError }: DatagramListeners,
  ) {
    this.#onError = onError
    this.#socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('message', onMessage)
    if (fd !== undefined) this.#socket.bind({ fd })
    // The type has no argument; Node gives the error.
    this.#socket.connect(port, host, (...[error]: [error?: Error | null]) => this.#connected(error))
  }

  /** Dropped when the peer could not be reached, and after `close`, as a network may. */
  send(message: Buffer): void {
    if (this.#state === 'connecting' && this.#waiting.length < waitingLimit) this.#waiting.push(message)
    else if (this.#state === 'connected') this.#socket.send(message, (error) => error !== null && this.#fail(error))
  }

  /** Again is no error. Nothing is told afterwards. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#socket.close()
  }

  #connected(error: Error | null | undefined): void {
    if (this.#state !== 'connecting') return
    const waiting = this.#waiting
    this.#waiting = []
    this.#state = error ? 'unreachable' : 'connected'
    if (error) this.#fail(error)
    else for (const message of waiting) this.send(message)
  }

  #fail(error: Error): void {
    if (this.#state !== 'closed') this.#onError(error)
  }
}
