/** The resolver's two sockets in one container's namespace. */
import { createSocket, type RemoteInfo, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { Guard, type GuardLog } from '../../guard.ts'
import type { ListeningSocket, Namespace } from '../../kernel/kernel.ts'
import { namespaceInode } from '../../kernel/netns.ts'
import { Session, type Thread } from '../../kernel/session.ts'
import { listen } from '../../kernel/sockets.ts'
import { resolverAddress, type DnsOptions } from '../protocol.ts'
import { FrameReader } from './frame-reader.ts'
import { fitDatagram, frame, rcode, refuse } from './message.ts'
import type { Reply } from './resolver.ts'

/** Of one container, at once; what comes on top is refused, so that one cannot starve the others. */
const pendingLimit = 256
const connectionLimit = 64
/** RFC 7766 §6.2.3: a few seconds. */
const idleMs = 10_000

export interface ListenerUse {
  resolve: (message: Buffer, isTcp: boolean, options: DnsOptions) => Promise<Reply | undefined>
  /** Whose it is, for the log. */
  what: string
  log: GuardLog
}

export class Listener {
  readonly ports: { udp: number; tcp: number }
  /** Of this container's queries from now on. */
  options: DnsOptions
  isRedirected = false
  readonly #inode: number
  readonly #datagrams: DatagramSocket
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #use: ListenerUse
  #pending = 0

  private constructor(
    inode: number,
    ports: { udp: number; tcp: number },
    datagrams: DatagramSocket,
    server: Server,
    options: DnsOptions,
    use: ListenerUse,
  ) {
    this.#inode = inode
    this.ports = ports
    this.#datagrams = datagrams
    this.#server = server
    this.options = options
    this.#use = use
    const guard = new Guard(use)
    // A reply that cannot be sent, or a connection that cannot be accepted, concerns one client; the sockets go on.
    guard.errorsOf(datagrams, server)
    datagrams.on(
      'message',
      guard.listener((message: Buffer, sender: RemoteInfo) => this.#answerDatagram(message, sender)),
    )
    server.on(
      'connection',
      guard.listener((connection: Socket) => this.#serve(connection)),
    )
  }

  /** Made in the namespace with this thread inside it, which nothing else sees: there is no turn of the event loop in between. */
  static async open(thread: Thread, namespace: Namespace, options: DnsOptions, use: ListenerUse): Promise<Listener> {
    const [inode, udp, tcp] = inNamespace(thread, namespace)
    const datagrams = createSocket('udp4')
    const server = createServer()
    server.maxConnections = connectionLimit
    // Bound already: `listening` may come before bind() returns.
    const areReady = Promise.all([once(datagrams, 'listening'), once(server, 'listening')])
    datagrams.bind({ fd: udp.fd })
    server.listen({ fd: tcp.fd })
    await areReady
    return new Listener(inode, { udp: udp.port, tcp: tcp.port }, datagrams, server, options, use)
  }

  /** Whether it is this namespace that the sockets are in: a container that starts again has another one at the same path. */
  isIn(namespace: Namespace): boolean {
    return namespaceInode(namespace) === this.#inode
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy()
    const areClosed = Promise.all([once(this.#datagrams, 'close'), once(this.#server, 'close')])
    this.#datagrams.close()
    this.#server.close()
    await areClosed
  }

  async #answerDatagram(message: Buffer, { address, port }: RemoteInfo): Promise<void> {
    const reply = await this.#answer(message, false)
    // RFC 768: a source port of zero is none to reply to.
    if (reply === undefined || port === 0 || !this.#server.listening) return
    const fitted = reply.query === undefined ? reply.message : fitDatagram(reply.query, reply.message)
    this.#datagrams.send(fitted, port, address)
  }

  /** Queries on one connection are answered as their answers come, not in turn: RFC 7766 §6.2.1.1. */
  #serve(connection: Socket): void {
    const guard = new Guard({ ...this.#use, end: () => connection.destroy() })
    guard.errorsOf(connection)
    this.#connections.add(connection)
    let isEnded = false
    let unanswered = 0
    const endWhenDone = (): void => {
      if (isEnded && unanswered === 0) connection.end()
    }
    const answer = guard.listener(async (message: Buffer) => {
      unanswered++
      const reply = await this.#answer(message, true)
      unanswered--
      if (reply !== undefined && connection.writable) connection.write(frame(reply.message))
      endWhenDone()
    })
    const reader = new FrameReader(answer)
    connection.allowHalfOpen = true
    connection.setTimeout(idleMs, () => connection.destroy())
    connection.on(
      'data',
      guard.listener((chunk: Buffer) => reader.push(chunk)),
    )
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
      return await this.#use.resolve(message, isTcp, this.options)
    } finally {
      this.#pending--
    }
  }
}

function inNamespace(
  thread: Thread,
  namespace: Namespace,
): [inode: number, udp: ListeningSocket, tcp: ListeningSocket] {
  using session = new Session(thread)
  const udp = listen(session, namespace, 'udp', resolverAddress, 0)
  try {
    return [namespaceInode(namespace), udp, listen(session, namespace, 'tcp', resolverAddress, 0)]
  } catch (error) {
    closeSync(udp.fd)
    throw error
  }
}
