/** The resolver's two sockets in one container's namespace. */
import { createSocket, type RemoteInfo, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { Guard, type GuardLog } from '../../guard.ts'
import type { ListeningSocket, Namespace } from '../../kernel/kernel.ts'
import { addressText } from '../../../api/address/bytes.ts'
import type { DatagramBatch } from '../../kernel/datagrams.ts'
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
/** Batches of one container, before others are served. */
const roundLimit = 4
/** RFC 7766 §6.2.3: a few seconds. */
const idleMs = 10_000

export interface ListenerUse {
  /** The message is good for the call only. */
  resolve: (message: Buffer, isTcp: boolean, options: DnsOptions) => Reply | Promise<Reply> | undefined
  /** Shared by all. */
  batch: DatagramBatch
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
  readonly #fd: number
  readonly #datagrams: DatagramSocket
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #use: ListenerUse
  #pending = 0

  private constructor(
    inode: number,
    sockets: { udp: ListeningSocket; tcp: ListeningSocket },
    datagrams: DatagramSocket,
    server: Server,
    options: DnsOptions,
    use: ListenerUse,
  ) {
    this.#inode = inode
    this.#fd = sockets.udp.fd
    this.ports = { udp: sockets.udp.port, tcp: sockets.tcp.port }
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
    return new Listener(inode, { udp, tcp }, datagrams, server, options, use)
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

  /** With all that came after it: what can be answered at once goes back together. */
  #answerDatagram(message: Buffer, sender: RemoteInfo): void {
    // RFC 768: a source port of zero is none to reply to.
    if (sender.port === 0) return
    const reply = this.#replyTo(message, () => sender)
    if (reply !== undefined) this.#send(reply, sender)
    const answer = (next: Buffer, from: Buffer): Buffer | undefined => {
      const port = from.readUInt16BE(2)
      return port === 0 ? undefined : this.#replyTo(next, () => ({ address: addressText(from.subarray(4, 8)), port }))
    }
    for (let round = 0; round < roundLimit && this.#use.batch.exchange(this.#fd, answer); round++);
  }

  /** What is there at once; what comes later is sent by itself. */
  #replyTo(message: Buffer, senderOf: () => Pick<RemoteInfo, 'address' | 'port'>): Buffer | undefined {
    const reply = this.#answer(message, false)
    if (!(reply instanceof Promise)) return reply === undefined ? undefined : fitted(reply)
    const sender = senderOf()
    void reply.then(
      (late) => this.#send(fitted(late), sender),
      (error: Error) => this.#use.log.error(`${this.#use.what}: ${error.message}`, { stack: error.stack }),
    )
    return undefined
  }

  #send(reply: Buffer, { address, port }: Pick<RemoteInfo, 'address' | 'port'>): void {
    if (this.#server.listening) this.#datagrams.send(reply, port, address)
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

  #answer(message: Buffer, isTcp: boolean): Reply | Promise<Reply> | undefined {
    const isFull = this.#pending >= pendingLimit
    if (isFull) return message.length < 12 ? undefined : { message: refuse(message, rcode.serverFailure) }
    const reply = this.#use.resolve(message, isTcp, this.options)
    if (!(reply instanceof Promise)) return reply
    this.#pending++
    return reply.finally(() => this.#pending--)
  }
}

const fitted = ({ query, message }: Reply): Buffer => (query === undefined ? message : fitDatagram(query, message))

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
