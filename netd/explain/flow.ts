/** Connection tracking of one namespace, as far as the packet in question and its answer go. */
import { isSameTuple, tupleOf, turned, type Interval, type Packet, type Tuple } from './packet.ts'
import type { Tracking } from './scene.ts'

type Side = 'source' | 'destination'

export class Flow {
  /** As it came. */
  readonly original: Tuple
  /** As it goes on, after translation. */
  translated: Tuple
  /** Each side is translated, or found not to be, once (IPS_NAT_DONE_MASK). */
  readonly done = new Set<Side>()
  readonly changed = new Set<Side>()
  mark = 0

  constructor(packet: Packet) {
    this.original = tupleOf(packet)
    this.translated = tupleOf(packet)
  }

  get reply(): Tuple {
    return turned(this.translated)
  }

  translate(side: Side, address: string, port: Interval | undefined): void {
    this.done.add(side)
    const before = this.translated
    this.translated =
      side === 'source'
        ? { ...before, source: address, sourcePort: port ?? before.sourcePort }
        : { ...before, destination: address, destinationPort: port ?? before.destinationPort }
    if (!isSameTuple(before, this.translated)) this.changed.add(side)
  }
}

export interface Tracked {
  flow: Flow
  direction: Tracking['direction']
  /** From `notrack` on, for the rest of this packet's way through the namespace. */
  isUntracked?: true
}

/** The flows of one namespace. */
export class FlowTable {
  readonly #flows: Flow[] = []

  /** Of a flow whose first packet is not tracked nothing is kept, so that the answer is a first packet, too. */
  forget(flow: Flow): void {
    const at = this.#flows.indexOf(flow)
    if (at >= 0) this.#flows.splice(at, 1)
  }

  /** The packet's flow; a new one for a packet that begins one. Undefined for an answer to nothing. */
  find(packet: Packet): Tracked | undefined {
    for (const flow of this.#flows) {
      if (isSameTuple(flow.original, packet)) return { flow, direction: 'original' }
      if (isSameTuple(flow.reply, packet)) return { flow, direction: 'reply' }
    }
    // A TCP SYN-ACK, SCTP INIT-ACK or an echo reply begins nothing (nf_conntrack_proto_tcp.c); a datagram does.
    if (packet.isReply && packet.protocol !== 'udp') return undefined
    const flow = new Flow(packet)
    this.#flows.push(flow)
    return { flow, direction: 'original' }
  }
}

export function trackingOf(tracked: Tracked | undefined): Tracking {
  if (tracked === undefined)
    return {
      state: 'invalid',
      direction: 'original',
      original: nothing,
      reply: nothing,
      isSourceTranslated: false,
      isDestinationTranslated: false,
      mark: 0,
    }
  const { flow, direction } = tracked
  return {
    state: direction === 'original' ? 'new' : 'established',
    direction,
    original: flow.original,
    reply: flow.reply,
    isSourceTranslated: flow.changed.has('source'),
    isDestinationTranslated: flow.changed.has('destination'),
    mark: flow.mark,
  }
}

const nothing: Tuple = {
  source: '0.0.0.0',
  destination: '0.0.0.0',
  sourcePort: { low: 0, high: 0 },
  destinationPort: { low: 0, high: 0 },
}
