/**
 * The multiplexed stream of attach, logs and exec without a tty: frames of an eight-byte header (stream, 0, 0, 0,
 * size as big-endian uint32) and a payload.
 * https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach
 */
import { StreamType } from '../docker/stream.ts'

export interface Frame {
  stream: 'stdin' | 'stdout' | 'stderr'
  data: Buffer
}

const headerSize = 8
const names = Object.fromEntries(Object.entries(StreamType).map(([name, value]) => [value, name])) as Record<
  number,
  Frame['stream']
>

/** Bytes in, whole frames out, however the bytes were cut. */
export class Demultiplexer {
  #rest: Buffer[] = []
  #size = 0
  /** What must be there before the next frame can be told. */
  #wanted = headerSize

  /** Throws when the bytes are not a multiplexed stream. */
  push(chunk: Buffer): Frame[] {
    this.#rest.push(chunk)
    this.#size += chunk.length
    // Joined only once a frame is whole: a large frame in small chunks stays linear.
    if (this.#size < this.#wanted) return []
    let bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest)
    const frames: Frame[] = []
    for (;;) {
      this.#wanted = headerSize
      if (bytes.length < headerSize) break
      const stream = names[bytes[0]!]
      if (stream === undefined || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0) {
        throw new Error(
          `not a multiplexed stream: a frame begins with the bytes ${bytes.toString('hex', 0, headerSize)}`,
        )
      }
      this.#wanted = headerSize + bytes.readUInt32BE(4)
      if (bytes.length < this.#wanted) break
      frames.push({ stream, data: bytes.subarray(headerSize, this.#wanted) })
      bytes = bytes.subarray(this.#wanted)
    }
    this.#rest = bytes.length === 0 ? [] : [bytes]
    this.#size = bytes.length
    return frames
  }

  /** Throws when the stream stopped in the middle of a frame: it was cut, and nobody shall take it as whole. */
  end(): void {
    if (this.#size > 0)
      throw new Error(`the stream was cut: ${this.#size} of at least ${this.#wanted} bytes of its last frame arrived`)
  }
}

/** Output as it comes: frames of a multiplexed stream, or a tty's bytes, which are all stdout. */
export async function* readOutput(source: AsyncIterable<Buffer>, isTty: boolean): AsyncGenerator<Frame> {
  if (isTty) {
    for await (const data of source) yield { stream: 'stdout', data }
    return
  }
  const demultiplexer = new Demultiplexer()
  for await (const chunk of source) yield* demultiplexer.push(chunk)
  demultiplexer.end()
}
