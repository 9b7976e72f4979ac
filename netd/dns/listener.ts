/** The resolver's two sockets in one container's namespace, made there by the kernel worker and adopted here. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Kernel, Namespace } from '../kernel/kernel.ts'
import { FrameReader } from './frame-reader.ts'
import { fitDatagram, frame, rcode, refuse } from './message.ts'
import type { Reply } from './resolver.ts'
import { resolverAddress } from './redirect.ts'

/** Of one container, at once; what comes on top is refused, so that one cannot starve the others. */
const pendingLimit = 256
const connectionLimit = 64
/** RFC 7766 §6.2.3: a few seconds. */
const idleMs = 10_000

export type Resolve = (message: Buffer, isTcp: boolean) => Promise<Reply | undefined>

export class Listener {
  readonly ports: { udp: number; tcp: number }
  readonly #datagrams: DatagramSocket
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #resolve: Resolve
  #pending = 0

  private constructor(
    datagrams: DatagramSocket,
    server: Server,
    ports: { udp: number; tcp: number },
    resolve: Resolve,
  ) {
    this.#datagrams = datagrams
    this.#server = server
    this.ports = ports
    this.#resolve = resolve
    datagrams.on('message', (message, sender) => void this.#answerDatagram(message, sender))
    server.on('connection', (connection) => this.#serve(connection))
  }

  static async open(kernel: Kernel, namespace: Namespace, resolve: Resolve): Promise<Listener> {
    const udp = await kernel.listen(namespace, 'udp', resolverAddress, 0)
    const datagrams = createSocket('udp4')
    // A send that fails concerns one client that is gone; the socket goes on.
    datagrams.on('error', () => {})
    // Bound already: `listening` comes before bind() returns.
    const isBound = once(datagrams, 'listening')
    datagrams.bind({ fd: udp.fd })
    const server = createServer()
    server.maxConnections = connectionLimit
    try {
      await isBound
      const tcp = await kernel.listen(namespace, 'tcp', resolverAddress, 0)
      server.listen({ fd: tcp.fd })
      await once(server, 'listening')
      return new Listener(datagrams, server, { udp: udp.port, tcp: tcp.port }, resolve)
    } catch (error) {
      datagrams.close()
      throw error
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy()
    this.#datagrams.close()
    this.#server.close()
    await Promise.all([once(this.#datagrams, 'close'), once(this.#server, 'close')])
  }

  async #answerDatagram(message: Buffer, { address, port }: { address: string; port: number }): Promise<void> {
    const reply = await this.#answer(message, false)
    // RFC 768: a source port of zero is none to reply to.
    if (reply === undefined || port === 0 || !this.#server.listening) return
    const fitted = reply.query === undefined ? reply.message : fitDatagram(reply.query, reply.message)
    this.#datagrams.send(fitted, port, address)
  }

  /** Queries on one connection are answered as their answers come, not in turn: RFC 7766 §6.2.1.1. */
  #serve(connection: Socket): void {
    this.#connections.add(connection)
    let isEnded = false
    let unanswered = 0
    const endWhenDone = (): void => {
      if (isEnded && unanswered === 0) connection.end()
    }
    const reader = new FrameReader((message) => {
      unanswered++
      void this.#answer(message, true).then((reply) => {
        unanswered--
        if (reply !== undefined && connection.writable) connection.write(frame(reply.message))
        endWhenDone()
      })
    })
    connection.allowHalfOpen = true
    connection.setTimeout(idleMs, () => connection.destroy())
    connection.on('error', () => {})
    connection.on('data', (chunk) => reader.push(chunk))
    connection.once('end', () => {
      isEnded = true
      endWhenDone()
    })
    connection.once('close', () => this.#connections.delete(connection))
  }

  async #answer(message: Buffer, isTcp: boolean): Promise<Reply | undefined> {
    if (this.#pending >= pendingLimit)
      return message.length < 12 ? undefined : { message: refuse(message, rcode.serverFailure) }
    this.#pending++
    try {
      return await this.#resolve(message, isTcp)
    } finally {
      this.#pending--
    }
  }
}
