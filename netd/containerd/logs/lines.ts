import type { LogEntry } from '../launcher.ts'
import type { Stream } from './index-file.ts'

/** A line longer than this is given in parts, so that output without newlines stays bounded in memory. */
const partLimit = 256 * 1024

const newline = 0x0a

/** Puts lines together again from chunks, per stream. */
export class LineAssembler {
  readonly #rest: Record<Stream, { parts: Buffer[]; length: number; time: Date }> = {
    stdout: { parts: [], length: 0, time: new Date(0) },
    stderr: { parts: [], length: 0, time: new Date(0) },
  }

  push({ stream, data, time }: LogEntry): LogEntry[] {
    const rest = this.#rest[stream]
    const lines: LogEntry[] = []
    let start = 0
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
      const line = data.subarray(start, end + 1)
      lines.push({ stream, time, data: rest.length === 0 ? line : Buffer.concat([...rest.parts, line]) })
      rest.parts = []
      rest.length = 0
      start = end + 1
    }
    if (start === data.length) return lines
    rest.parts.push(data.subarray(start))
    rest.length += data.length - start
    rest.time = time
    return rest.length < partLimit ? lines : [...lines, ...this.#take(stream)]
  }

  /** What has no newline yet. */
  flush(): LogEntry[] {
    return [...this.#take('stdout'), ...this.#take('stderr')]
  }

  #take(stream: Stream): LogEntry[] {
    const { parts, length, time } = this.#rest[stream]
    this.#rest[stream] = { parts: [], length: 0, time }
    return length === 0 ? [] : [{ stream, time, data: Buffer.concat(parts) }]
  }
}

export function countNewlines(data: Buffer): number {
  let count = 0
  for (let at = data.indexOf(newline); at >= 0; at = data.indexOf(newline, at + 1)) count += 1
  return count
}
