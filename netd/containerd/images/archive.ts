/** A tar archive of an image, taken apart into the content store: every file becomes a blob, looked up by its path. */
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import type { z } from 'zod'
import { ApiError, errors } from '../../../api/errors.ts'
import { type CallOptions, type Connection } from '../connection.ts'
import { parseJson } from './formats.ts'
import { readBlob, writeBlob, type Blob } from './blobs.ts'
import { compressionOf, decompress, magicLength, type Compression } from './compression.ts'

const entryLimit = 100_000
const jsonLimitBytes = 16 * 1024 * 1024
const linkLimit = 8

export interface ArchiveFile extends Blob {
  compression: Compression
}

export class Archive {
  readonly #connection: Connection
  readonly #files = new Map<string, ArchiveFile>()
  /** Old `docker save` writes a layer that occurs twice as a symbolic link. */
  readonly #links = new Map<string, string>()

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Throws 400 with one sentence for anything that is not a whole tar archive. */
  static async read(connection: Connection, stream: Readable, options: CallOptions): Promise<Archive> {
    const archive = new Archive(connection)
    try {
      await archive.#readAll(stream, options)
    } catch (error) {
      if (error instanceof ApiError) throw error
      throw errors.invalidParameter(`cannot read the image archive: ${(error as Error).message}`)
    }
    return archive
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined
  }

  file(path: string): ArchiveFile {
    const found = this.#find(path)
    if (found === undefined)
      throw errors.invalidParameter(`the image archive names the file ${JSON.stringify(path)}, but does not hold it`)
    return found
  }

  async json<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
    const { digest, size } = this.file(path)
    if (size > jsonLimitBytes)
      throw errors.invalidParameter(
        `the file ${JSON.stringify(path)} of the image archive has ${size} bytes; more than ${jsonLimitBytes} are not read`,
      )
    return parseJson(
      await readBlob(this.#connection, digest),
      schema,
      `the file ${JSON.stringify(path)} of the image archive`,
    )
  }

  async #readAll(stream: Readable, options: CallOptions): Promise<void> {
    const entries = extract()
    const fed = feed(await decompress(stream), entries)
    let count = 0
    for await (const entry of entries) {
      const { name, type, linkname } = entry.header
      const path = inside(name)
      count += 1
      if (count > entryLimit) throw errors.invalidParameter(`the image archive has more than ${entryLimit} files`)
      if (type === 'file')
        await this.#store(path, entry as unknown as AsyncIterable<Buffer>, `${options.lease}-${count}`, options)
      else if (type === 'symlink') this.#links.set(path, inside(posix.join(posix.dirname(path), linkname ?? '')))
      else if (type === 'link') this.#links.set(path, inside(linkname ?? ''))
      entry.resume()
    }
    await fed
    if (count === 0) throw errors.invalidParameter('the image archive is empty or not a tar archive')
  }

  async #store(path: string, entry: AsyncIterable<Buffer>, ref: string, options: CallOptions): Promise<void> {
    let start = Buffer.alloc(0)
    async function* observed(): AsyncGenerator<Buffer> {
      for await (const chunk of entry) {
        if (start.length < magicLength) start = Buffer.concat([start, chunk.subarray(0, magicLength)])
        yield chunk
      }
    }
    const announced = /^blobs\/sha256\/([a-f0-9]{64})$/.exec(path)?.[1]
    const expected = announced === undefined ? {} : { digest: `sha256:${announced}` }
    const blob = await writeBlob(this.#connection, observed(), { ref, ...expected, name: path }, options)
    this.#files.set(path, { ...blob, compression: compressionOf(start) })
  }

  #find(path: string): ArchiveFile | undefined {
    let current = inside(path)
    for (let hop = 0; hop < linkLimit; hop += 1) {
      const file = this.#files.get(current)
      const target = this.#links.get(current)
      if (file !== undefined || target === undefined) return file
      current = target
    }
    return undefined
  }
}

/** The path, normalised; 400 for one that leads out of the archive. */
function inside(name: string): string {
  const path = posix.normalize(name)
  if (posix.isAbsolute(path) || path === '..' || path.startsWith('../') || name.includes('\0')) {
    throw errors.invalidParameter(`the image archive holds the path ${JSON.stringify(name)}, which leads out of it`)
  }
  return path
}

/** Hands the bytes to the tar parser; an error on either side ends the other. */
async function feed(bytes: AsyncIterable<Buffer>, entries: ReturnType<typeof extract>): Promise<void> {
  const source = Readable.from(bytes, { objectMode: false })
  source.on('error', (error) => entries.destroy(error))
  entries.on('close', () => source.destroy())
  source.pipe(entries)
}
