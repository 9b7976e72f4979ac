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

/** The disk is full, or nothing may be written there. */
const unwritable = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'])

export class IndexFile {
  /** Undefined when there is no file and none can be made. */
  readonly #fd: number | undefined
  #written = 0
  /** What could not be written yet. Lost with the process, and noted anew by the next. */
  readonly #unwritten: IndexRecord[] = []

  /** A record that a crash tore is cut off; the bytes it was about are indexed again. */
  constructor(path: string) {
    this.#fd = openIndex(path)
    if (this.#fd === undefined) return
    this.#written = Math.floor(fstatSync(this.#fd).size / recordBytes)
    this.#cutOff()
  }

  get count(): number {
    return this.#written + this.#unwritten.length
  }

  append(record: IndexRecord): void {
    this.#unwritten.push(record)
    this.#flush()
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
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at(middle).timeMs < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** How far a stream's file is indexed. */
  end(stream: Stream): number {
    for (const record of this.backward(0, this.count))
      if (record.stream === stream) return record.offset + record.length
    return 0
  }

  close(): void {
    if (this.#fd === undefined) return
    this.#flush()
    closeSync(this.#fd)
  }

  #flush(): void {
    if (this.#fd === undefined) return
    try {
      const bytes = Buffer.concat(this.#unwritten.map(encode))
      if (writeSync(this.#fd, bytes) < bytes.length) return this.#cutOff()
      this.#written += this.#unwritten.length
      this.#unwritten.length = 0
    } catch (error) {
      if (!unwritable.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }

  /** Down to whole records. */
  #cutOff(): void {
    try {
      ftruncateSync(this.#fd!, this.#written * recordBytes)
    } catch {
      // It is open for reading only.
    }
  }

  #read(position: number, count: number): IndexRecord[] {
    const onDisk = Math.max(0, Math.min(count, this.#written - position))
    const start = Math.max(0, position - this.#written)
    return [...this.#readFile(position, onDisk), ...this.#unwritten.slice(start, start + count - onDisk)]
  }

  #readFile(position: number, count: number): IndexRecord[] {
    if (count === 0 || this.#fd === undefined) return []
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

function encode({ timeMs, stream, offset, length }: IndexRecord): Buffer {
  const bytes = Buffer.allocUnsafe(recordBytes)
  bytes.writeUIntLE(timeMs, 0, 6)
  bytes.writeUInt8(streams.indexOf(stream), 6)
  bytes.writeUIntLE(offset, 7, 6)
  bytes.writeUIntLE(length, 13, 3)
  return bytes
}

function openIndex(path: string): number | undefined {
  for (const flags of ['a+', 'r']) {
    try {
      return openSync(path, flags, 0o640)
    } catch (error) {
      if (![...unwritable, 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return undefined
}
