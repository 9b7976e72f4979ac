/** What daemon and proxy say to one another on the control socket: JSON, one message a line, replies by id in any order. */
import type { PublishedPort } from '../store/records.ts'

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
  containerId: string
  ports: PublishedPort[]
  target: ForwardTarget
}

export type Request =
  | { do: 'publish'; containerId: string; ports: PortRequest[]; target: ForwardTarget }
  | { do: 'release'; containerId: string }
  | { do: 'list' }
  | { do: 'shutdown' }

export interface Results {
  publish: PublishedPort[]
  release: null
  list: Holding[]
  shutdown: null
}

/** The error is dockerd's own sentence from `Bind for …` or `Error starting …` on. */
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
