/** The content store: blobs by digest. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { content, WriteAction } from '../api/content.ts'
import { leases } from '../api/leases.ts'
import { isAlreadyThere, type CallOptions, type Connection } from '../connection.ts'

const streamTimeoutMs = 15 * 60_000
/** Below the four megabytes that a gRPC message may have. */
const chunkBytes = 1024 * 1024

export interface Blob {
  digest: string
  size: number
}

/** Runs `work` with a lease that keeps what it makes until something lasting refers to it. */
export async function withLease<T>(
  connection: Connection,
  newId: () => string,
  work: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const id = `trestle-${newId()}`
  // An expiry, so that what a crash leaves is collected some day.
  const expiry = new Date(Date.now() + 60 * 60_000).toISOString()
  await connection.call(leases.create, { id, labels: { 'containerd.io/gc.expire': expiry } })
  try {
    return await work({ lease: id, timeoutMs: streamTimeoutMs })
  } finally {
    await connection.call(leases.delete, { id })
  }
}

export async function readBlob(connection: Connection, blobDigest: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const stream = connection.subscribe(content.read, { digest: blobDigest }, { timeoutMs: 30_000 })
  try {
    for await (const chunk of stream) chunks.push((chunk as { data: Uint8Array }).data)
  } catch (error) {
    throw connection.errorOf(content.read.path, error as never)
  }
  return Buffer.concat(chunks)
}

/** Writes a blob of unknown length and digest; one that is there already is left as it is. */
export async function writeBlob(
  connection: Connection,
  source: AsyncIterable<Buffer>,
  ref: string,
  options: CallOptions,
): Promise<Blob> {
  const hash = createHash('sha256')
  const stream = connection.open(content.write, { ...options, timeoutMs: streamTimeoutMs })
  let failure: Error | undefined
  const ended = new Promise<void>((resolve) => {
    stream.on('data', () => {})
    stream.on('error', (error) => {
      failure = connection.errorOf(content.write.path, error as never)
      resolve()
    })
    stream.on('end', resolve)
  })
  let offset = 0
  const send = async (message: object): Promise<void> => {
    if (failure !== undefined) throw failure
    if (!stream.write(message)) await Promise.race([once(stream, 'drain'), ended])
  }
  try {
    for await (const chunk of source) {
      for (let start = 0; start < chunk.length; start += chunkBytes) {
        const data = chunk.subarray(start, start + chunkBytes)
        hash.update(data)
        await send({ action: WriteAction.write, ref, offset, data })
        offset += data.length
      }
    }
    const blob = { digest: `sha256:${hash.digest('hex')}`, size: offset }
    // Without the digest expected: told it, containerd answers "there already" before the lease holds what is there.
    await send({ action: WriteAction.commit, ref, offset, total: offset })
    stream.end()
    await ended
    if (failure !== undefined && !isAlreadyThere(failure)) throw failure
    return blob
  } catch (error) {
    stream.cancel()
    await connection.call(content.abort, { ref }).catch(() => {})
    throw error
  }
}

export async function writeJson(
  connection: Connection,
  value: object,
  ref: string,
  options: CallOptions,
): Promise<Blob> {
  async function* once(): AsyncGenerator<Buffer> {
    yield Buffer.from(JSON.stringify(value))
  }
  return writeBlob(connection, once(), ref, options)
}

/** Labels tell the garbage collection what a blob refers to. */
export async function labelBlob(
  connection: Connection,
  blobDigest: string,
  labels: Record<string, string>,
  options: CallOptions,
): Promise<void> {
  const paths = Object.keys(labels).map((key) => `labels.${key}`)
  await connection.call(
    content.update,
    { info: { digest: blobDigest, size: 0, labels }, updateMask: { paths } },
    options,
  )
}
