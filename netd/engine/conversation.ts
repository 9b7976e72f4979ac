/** What attach and exec start hand to whoever carries it to the client: a process's output, and where input goes. */
import type { Writable } from 'node:stream'

export interface OutputChunk {
  stream: 'stdout' | 'stderr'
  data: Buffer
}

export interface Conversation {
  isTty: boolean
  output: AsyncIterable<OutputChunk>
  /** What the end of the client's input means is up to it; undefined when no input was asked for. */
  input: Writable | undefined
  /** Typed in order, on a tty, they leave the process to itself. */
  detachKeys: Buffer
  /** The keys were typed. */
  detached: () => void
  /** The client has gone: output ends, the process goes on. */
  close: () => void
}
