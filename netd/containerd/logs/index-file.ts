/**
 * Which bytes of a run's output came when. Records of sixteen bytes, appended in order of arrival:
 * time in milliseconds (6), stream (1), offset in that stream's file (6), length (3).
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

export type Stream = 'stdout' | 'stderr'
const streams: readonly Stream[] = ['stdout', 'stderr']

export interface IndexRecord {
  timeMs: number
  stream: Stream
  offset: number
  /** At most `lengthLimit`, so that one record's bytes are always read at once. */
  length: number
}

const recordBytes = 16
const batchRecords = 4096
export const lengthLimit = 64 * 1024

export class IndexFile {
  readonly #fd: number
  #count: number

  /** A record that a crash tore is cut off; the bytes it was about are indexed again. */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+', 0o640)
    this.#count = Math.floor(fstatSync(this.#fd).size / recordBytes)
    ftruncateSync(this.#fd, this.#count * recordBytes)
  }

  get count(): number {
    return this.#count
  }

  append({ timeMs, stream, offset, length }: IndexRecord): void {
    const bytes = Buffer.allocUnsafe(recordBytes)
    bytes.writeUIntLE(timeMs, 0, 6)
    bytes.writeUInt8(streams.indexOf(stream), 6)
    bytes.writeUIntLE(offset, 7, 6)
    bytes.writeUIntLE(length, 13, 3)
    writeSync(this.#fd, bytes)
    this.#count += 1
  }

  at(position: number): IndexRecord {
    const [record] = this.#read(position, 1)
    if (record === undefined) throw new Error(`the log index has no record ${position}`)
    return record
  }

  *forward(from: number, to: number): Generator<IndexRecord> {
    for (let position = from; position < to; position += batchRecords)
      yield* this.#read(position, Math.min(batchRecords, to - position))
  }

  *backward(from: number, to: number): Generator<IndexRecord> {
    for (let end = to; end > from; end -= batchRecords) {
      const start = Math.max(from, end - batchRecords)
      yield* this.#read(start, end - start).toReversed()
    }
  }

  /** The first record not earlier than this. */
  search(timeMs: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at(middle).timeMs < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** How far a stream's file is indexed. */
  end(stream: Stream): number {
    for (const record of this.backward(0, this.#count))
      if (record.stream === stream) return record.offset + record.length
    return 0
  }

  close(): void {
    closeSync(this.#fd)
  }

  #read(position: number, count: number): IndexRecord[] {
    const bytes = Buffer.allocUnsafe(count * recordBytes)
    const length = readSync(this.#fd, bytes, 0, bytes.length, position * recordBytes)
    return Array.from({ length: Math.floor(length / recordBytes) }, (_, index) => {
      const start = index * recordBytes
      return {
        timeMs: bytes.readUIntLE(start, 6),
        stream: streams[bytes.readUInt8(start + 6)] ?? 'stdout',
        offset: bytes.readUIntLE(start + 7, 6),
        length: bytes.readUIntLE(start + 13, 3),
      }
    })
  }
}
