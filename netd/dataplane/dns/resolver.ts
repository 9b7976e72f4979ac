/** What becomes of one query: answered from the names of the asking container's networks, or forwarded. */
import type { Forwarder } from './forwarder.ts'
import { answer, readQuery, rcode, refuse, type AnswerRecord, type Query } from './message.ts'
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

  /** Undefined for what is not answered at all. */
  async resolve(containerId: string, options: DnsOptions, message: Buffer, isTcp: boolean): Promise<Reply | undefined> {
    const query = readQuery(message)
    if (query === undefined) return undefined
    if (typeof query === 'number') return { message: refuse(message, query) }
    const known = this.#answerLocally(containerId, query)
    if (known !== undefined) return { query, message: answer(query, known) }
    const reply = await this.#forwarder.forward(message, options.upstreams, isTcp)
    // SERVFAIL and not NXDOMAIN for what nobody is asked: the name may well exist. As in moby's resolver.go.
    return { query, message: reply ?? refuse(message, rcode.serverFailure) }
  }

  /** Undefined when the name is not one of ours; empty when it is, but has nothing of the type: then nobody else is asked. */
  #answerLocally(containerId: string, { question }: Query): AnswerRecord[] | undefined {
    if (question.type === 'PTR') {
      const address = addressOfReverseName(question.name)
      const name = address === undefined ? undefined : this.#names.reverse(containerId, address)
      return name === undefined ? undefined : [{ type: 'PTR', data: name }]
    }
    const found = this.#names.lookup(containerId, question.name)
    if (found === undefined) return undefined
    const type: string = question.type
    return this.#shuffle([
      ...(type === 'A' || type === 'ANY' ? found.ipv4.map((data) => ({ type: 'A' as const, data })) : []),
      ...(type === 'AAAA' || type === 'ANY' ? found.ipv6.map((data) => ({ type: 'AAAA' as const, data })) : []),
    ]).slice(0, answerLimit)
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
