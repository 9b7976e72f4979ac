/**
 * What netd and the data plane say to one another on the control socket: JSON, one message a line. Requests are handled one
 * at a time in the order of arrival, and each is answered under its id. The whole state goes with `sync`, when a connection
 * is made; after that each change by itself.
 */
import type { Namespace } from '../kernel/kernel.ts'
import type { PublishedPort } from '../store/records.ts'

/** Where a container's resolv.conf sends its queries, and where in its namespace the resolver's sockets are bound. */
export const resolverAddress = '127.0.0.11'

/** /proc/PID/comm; at most 15 bytes, proc(5). */
export const processName = { serving: 'netd-dataplane', retired: 'netd-retired' }

export interface DnsEndpoint {
  /** Name, aliases, short id: every name this container answers to on this network. */
  names: string[]
  /** Without prefix length. */
  ipv4?: string
  ipv6?: string
}

/** A server that is asked what the resolver does not know. */
export interface Upstream {
  /** With the zone of a link-local one. */
  address: string
  /** Where it is asked from: `127.0.0.1` and the way to any other address are something else there. Absent for the host's. */
  namespace?: Namespace
}

export interface DnsOptions {
  /** At most three are used; without any nothing is forwarded. */
  upstreams: Upstream[]
}

/** A port to be had; `hostPort` 0 is any of the ephemeral range, `hostPortEnd` makes it any one of hostPort to hostPortEnd. */
export interface PortRequest extends PublishedPort {
  hostPortEnd?: number
}

/** Where what arrives is taken to: the container's addresses, without prefix length. */
export interface ForwardTarget {
  ipv4?: string
  ipv6?: string
}

export interface Holding {
  ports: PublishedPort[]
  target: ForwardTarget
}

/** All that the data plane does for one container. */
export interface ContainerState {
  containerId: string
  /** Absent where the container has no embedded resolver. */
  resolver?: { namespace: Namespace; options: DnsOptions }
  /** By network id. */
  endpoints: Record<string, DnsEndpoint>
  holding?: Holding
}

/** Of the resolver in the container's namespace. */
export interface ListenerPorts {
  udp: number
  tcp: number
  /** Whether netd has said that port 53 leads there. */
  isRedirected: boolean
}

export type Request =
  /** First on every connection: a data plane of another build is replaced. */
  | { do: 'hello' }
  /** What is there already and as it should be stays untouched; what is not in the list goes. */
  | { do: 'sync'; containers: ContainerState[] }
  | { do: 'open'; containerId: string; namespace: Namespace; options: DnsOptions }
  | { do: 'redirected'; containerId: string }
  | { do: 'close'; containerId: string }
  | { do: 'join'; containerId: string; networkId: string; endpoint: DnsEndpoint }
  | { do: 'leave'; containerId: string; networkId: string }
  | { do: 'publish'; containerId: string; ports: PortRequest[]; target: ForwardTarget }
  /** All of its ports, or these. */
  | { do: 'release'; containerId: string; ports?: PublishedPort[] }
  /** On another control socket from now on: the one before has lost its name. Connections stay. */
  | { do: 'listen'; path: string }
  /** Lets go of every socket at once; the process ends with the last TCP connection that it carries. */
  | { do: 'retire' }
  | { do: 'end' }

export interface Results {
  /** Absent once it has been retired: it is nobody's any more, though it may still be found. */
  hello: { build?: string }
  /** What could not be had is tried again until it can; the sentences are for the log. */
  sync: { listeners: Record<string, ListenerPorts>; failures: string[] }
  open: ListenerPorts
  redirected: null
  close: null
  join: null
  leave: null
  publish: PublishedPort[]
  release: null
  listen: { pid: number }
  retire: null
  end: null
}

/** Of `publish` the error is dockerd's own sentence from `Bind for …` or `Error starting …` on. */
export type Response = { id: number; result: Results[Request['do']] } | { id: number; error: string }

/** Splits what arrives on a stream into lines; a line that is not whole yet is kept. */
export function readLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) onLine(line)
  }
}
