/** What becomes of one query: answered from the names of the asking container's networks, or forwarded. */
import type { Forwarder } from './forwarder.ts'
import { answer, readQuery, rcode, refuse, types, type AnswerRecord, type Query } from './message.ts'
import { addressOfReverseName, type NameTable } from './names.ts'
import type { DnsOptions } from '../protocol.ts'

/** More addresses than this under one name are left to the shuffle: the reply has to fit a TCP frame, and nobody tries them all. */
const answerLimit = 256

export interface Reply {
  message: Buffer
  /** Absent when the query could not be read. */
  query?: Query
}

export class Resolver {
  readonly #names: NameTable
  readonly #forwarder: Forwarder
  readonly #random: () => number

  constructor(names: NameTable, forwarder: Forwarder, random: () => number) {
    this.#names = names
    this.#forwarder = forwarder
    this.#random = random
  }

  /**
   * At once what our networks know, and what is refused; a promise for what is asked outside. Undefined for what is not answered
   * at all. The message is good for the call only: what goes outside is copied.
   */
  resolve(
    containerId: string,
    options: DnsOptions,
    message: Buffer,
    isTcp: boolean,
  ): Reply | Promise<Reply> | undefined {
    const query = readQuery(message)
    if (query === undefined) return undefined
    if (typeof query === 'number') return { message: refuse(message, query) }
    const known = this.#answerLocally(containerId, query)
    if (known !== undefined) return { query, message: answer(query, known) }
    const copy = Buffer.from(message)
    return this.#forward({ ...query, message: copy }, options, isTcp)
  }

  async #forward(query: Query, options: DnsOptions, isTcp: boolean): Promise<Reply> {
    const reply = await this.#forwarder.forward(query.message, options.upstreams, isTcp)
    // SERVFAIL and not NXDOMAIN for what nobody is asked: the name may well exist. As in moby's resolver.go.
    return { query, message: reply ?? refuse(query.message, rcode.serverFailure) }
  }

  /** Undefined when the name is not one of ours; empty when it is, but has nothing of the type: then nobody else is asked. */
  #answerLocally(containerId: string, { name, type }: Query): AnswerRecord[] | undefined {
    if (type === types.PTR) {
      const address = addressOfReverseName(name)
      const found = address === undefined ? undefined : this.#names.reverse(containerId, address)
      return found === undefined ? undefined : [{ type: 'PTR', data: found }]
    }
    const found = this.#names.lookup(containerId, name)
    if (found === undefined) return undefined
    const isAny = type === types.ANY
    const records: AnswerRecord[] = []
    if (type === types.A || isAny) for (const data of found.ipv4) records.push({ type: 'A', data })
    if (type === types.AAAA || isAny) for (const data of found.ipv6) records.push({ type: 'AAAA', data })
    return records.length < 2 ? records : this.#shuffle(records).slice(0, answerLimit)
  }

  /** Fisher and Yates; spreads clients that take the first address over all of them. */
  #shuffle<T>(items: T[]): T[] {
    for (let at = items.length - 1; at > 0; at--) {
      const other = Math.floor(this.#random() * (at + 1))
      ;[items[at], items[other]] = [items[other]!, items[at]!]
    }
    return items
  }
}
