/** `/trestle/v1/explain`: where a packet goes, and what stops it. */
import { z } from 'zod'

/** PATH_MAX, linux/limits.h. */
const longest = 4096

export const explainRequest = z.object({
  /** A container, a lab node or bare namespace, `host`, `outside`, or an address that one of them has. */
  from: z.string().min(1).max(longest),
  /** The same, then `:PORT` and `/tcp`, `/udp` or `/sctp`; without a port, a ping. IPv6 with a port is in brackets. */
  to: z.string().min(1).max(longest),
  /** Which of several addresses; else the one that `to` is written in, or IPv4 where there is any. */
  family: z.enum(['ipv4', 'ipv6']).nullish(),
  /** Of the packet with its IP header; more than a link's MTU does not pass. */
  size: z.number().int().min(60, 'the smallest packet has 60 bytes').max(65_535).nullish(),
})
export type ExplainRequest = z.infer<typeof explainRequest>

export type ExplainVerdict = 'arrives' | 'lost' | 'unknown'

export interface ExplainStep {
  /** Of the packet in question, or of the answer to it. */
  direction: 'there' | 'back'
  stage:
    | 'name'
    | 'route'
    | 'neighbour'
    | 'link'
    | 'bridge'
    | 'netfilter'
    | 'translation'
    | 'sysctl'
    | 'size'
    | 'socket'
    | 'delivery'
  /** `host`, or what the container, node or path of the namespace is called. */
  namespace: string
  /** What was looked at, as one would ask for it by hand. */
  looked: string
  found: string
  status: 'ok' | 'stop' | 'unsure' | 'note'
}

/** What decides, and what would change it. */
export interface ExplainCause {
  kind:
    'name' | 'route' | 'rule' | 'neighbour' | 'link' | 'bridge' | 'nftables' | 'sysctl' | 'size' | 'socket' | 'address'
  namespace: string
  /** `inet trestle forward handle 12: … drop`, `net.ipv4.conf.eth0.rp_filter = 1`. */
  object: string
  remedy: string
}

export interface Explanation {
  /** `tcp 10.1.0.2 -> 10.1.0.3:80`. */
  packet: string
  verdict: ExplainVerdict
  sentence: string
  cause?: ExplainCause
  steps: ExplainStep[]
}
