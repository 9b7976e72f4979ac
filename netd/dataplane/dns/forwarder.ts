/**
 * Asks the outside on a container's behalf, from the daemon's own network or from the container's. A silent server does not
 * hold up the answer: the next one is asked beside it, and the first useful reply wins. Servers that failed lately are asked
 * last.
 */
import { randomInt } from 'node:crypto'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { familyOf, type IpFamily } from '../../../api/address/family.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import { ConnectedDatagrams } from '../connected-datagrams.ts'
import type { Upstream } from '../protocol.ts'
import { FrameReader } from './frame-reader.ts'
import { frame, isReplyTo, isTruncated, rcode, replyCode, withId } from './message.ts'

/** Less than the five seconds a stub resolver waits (resolv.conf(5), `timeout`), so that it gets a reply and not silence. */
const deadlineMs = 4_500
/** A silent server has this long until the next one is asked, too. */
const hedgeMs = 600
/** A datagram may be lost: sent again to the same server. */
const resendMs = 1_500
const unhealthyMs = 10_000

/** A socket of that namespace, not connected. Throws when the namespace is gone. */
export type OpenSocket = (namespace: Namespace, protocol: 'tcp' | 'udp', family: IpFamily) => number

export interface ForwarderOptions {
  /** For servers that are asked from elsewhere than here. */
  openSocket: OpenSocket
  /** Of the upstream servers. */
  port?: number
  /** Queries under way at once, over all containers. */
  limit?: number
  now?: () => number
}

export class Forwarder {
  readonly #openSocket: OpenSocket
  readonly #port: number
  readonly #limit: number
  readonly #now: () => number
  /** Until when a server counts as failed, there where it is asked from. */
  readonly #unhealthyUntil = new Map<string, number>()
  #pending = 0

  constructor({ openSocket, port = 53, limit = 1_024, now = Date.now }: ForwarderOptions) {
    this.#openSocket = openSocket
    this.#port = port
    this.#limit = limit
    this.#now = now
  }

  /** The reply under the query's own id; undefined when no server gave one. Over TCP only when a datagram was too small for it. */
  async forward(query: Buffer, upstreams: readonly Upstream[], isTcp: boolean): Promise<Buffer | undefined> {
    if (this.#pending >= this.#limit || upstreams.length === 0) return undefined
    this.#pending++
    try {
      const reply = await this.#race(query, upstreams, isTcp)
      return reply === undefined ? undefined : withId(reply, query.readUInt16BE(0))
    } finally {
      this.#pending--
    }
  }

  #race(query: Buffer, upstreams: readonly Upstream[], isTcp: boolean): Promise<Buffer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
    const over = new AbortController()
    const { signal } = over
    const isHealthy = (upstream: Upstream): boolean => (this.#unhealthyUntil.get(keyOf(upstream)) ?? 0) <= this.#now()
    const queue = [...upstreams.filter(isHealthy), ...upstreams.filter((upstream) => !isHealthy(upstream))]
    const silent = new Map<Upstream, number>()
    let refusal: Buffer | undefined
    let hedge: NodeJS.Timeout | undefined

    const askNext = (): void => {
      clearTimeout(hedge)
      const upstream = queue.shift()
      if (upstream === undefined) {
        if (silent.size === 0) finish(refusal)
        return
      }
      silent.set(upstream, this.#now())
      if (queue.length > 0) hedge = setTimeout(askNext, isHealthy(upstream) ? hedgeMs : 0)
      this.#ask(upstream, query, isTcp, signal).then(
        (reply) => {
          silent.delete(upstream)
          // RFC 2308 §7: such a reply speaks for the server, not for the name; another one may know.
          if ([rcode.serverFailure, rcode.notImplemented, rcode.refused].includes(replyCode(reply) as 2 | 4 | 5)) {
            refusal ??= reply
            askNext()
            return
          }
          this.#unhealthyUntil.delete(keyOf(upstream))
          finish(reply)
        },
        () => {
          silent.delete(upstream)
          if (signal.aborted) return
          this.#noteFailure(upstream)
          askNext()
        },
      )
    }
    const finish = (reply: Buffer | undefined): void => {
      clearTimeout(hedge)
      clearTimeout(deadline)
      for (const [upstream, since] of silent) {
        if (this.#now() - since >= hedgeMs) this.#noteFailure(upstream)
      }
      resolve(reply)
      over.abort()
    }
    const deadline = setTimeout(() => finish(refusal), deadlineMs)
    askNext()
    return promise
  }

  #noteFailure(upstream: Upstream): void {
    const now = this.#now()
    // Namespaces come and go: nobody else would take their servers away.
    for (const [key, until] of this.#unhealthyUntil) if (until <= now) this.#unhealthyUntil.delete(key)
    this.#unhealthyUntil.set(keyOf(upstream), now + unhealthyMs)
  }

  async #ask(upstream: Upstream, query: Buffer, isTcp: boolean, signal: AbortSignal): Promise<Buffer> {
    // A fresh id and, with the socket of its own, a fresh source port: RFC 5452 §9.2.
    const own = withId(query, randomInt(0x1_0000))
    const reply = await this.#askDatagram(upstream, own, signal)
    return isTcp && isTruncated(reply) ? this.#askStream(upstream, own, signal) : reply
  }

  async #askDatagram(upstream: Upstream, query: Buffer, signal: AbortSignal): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const datagrams = new ConnectedDatagrams(
      { host: upstream.address, port: this.#port, ...this.#socketFor(upstream, 'udp') },
      { onMessage: (reply) => isReplyTo(query, reply) && resolve(reply), onError: reject },
    )
    datagrams.send(query)
    const resend = setInterval(() => datagrams.send(query), resendMs)
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    return promise.finally(() => {
      signal.removeEventListener('abort', abort)
      clearInterval(resend)
      datagrams.close()
    })
  }

  async #askStream(upstream: Upstream, query: Buffer, signal: AbortSignal): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    // Of a descriptor Node would read at once, and one that is not connected yet fails then.
    const options: SocketConstructorOpts & { pauseOnCreate: boolean } = {
      signal,
      pauseOnCreate: true,
      ...this.#socketFor(upstream, 'tcp'),
    }
    const socket = new Socket(options).connect({ port: this.#port, host: upstream.address })
    const reader = new FrameReader((reply) => isReplyTo(query, reply) && resolve(reply))
    socket.on('data', (chunk) => reader.push(chunk)).resume()
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`${upstream.address} closed the connection without a reply`)))
    socket.write(frame(query))
    return promise.finally(() => socket.destroy())
  }

  #socketFor({ address, namespace }: Upstream, protocol: 'tcp' | 'udp'): { fd?: number } {
    return namespace === undefined ? {} : { fd: this.#openSocket(namespace, protocol, familyOf(address)) }
  }
}

const keyOf = ({ address, namespace = '' }: Upstream): string => `${namespace} ${address}`
