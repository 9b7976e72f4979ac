/** The content store: blobs by digest. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { errors } from '../../../api/errors.ts'
import { content, WriteAction } from '../api/content.ts'
import { ignoreNotFound, isAlreadyThere, type CallOptions, type Connection } from '../connection.ts'

/** Below the four megabytes that a gRPC message may have. */
const chunkBytes = 1024 * 1024
const lockPatienceMs = 2_000

export interface Blob {
  digest: string
  size: number
}

/** The whole of it, or its first bytes. */
export async function readBlob(connection: Connection, digest: string, size = 0): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const stream = connection.subscribe(content.read, { digest, size }, { timeoutMs: 30_000 })
  try {
    for await (const chunk of stream) chunks.push((chunk as { data: Uint8Array }).data)
  } catch (error) {
    throw connection.errorOf(content.read.path, error as never)
  }
  return Buffer.concat(chunks)
}

/** `ref` names the half-written blob. Against `digest` it is checked before it counts; `name` is what an error calls it. */
export interface BlobTarget {
  ref: string
  digest?: string
  name?: string
}

/** One that is there already is left as it is. Throws 400 when the bytes have another digest than the one expected. */
export async function writeBlob(
  connection: Connection,
  source: AsyncIterable<Buffer>,
  { ref, digest: expected, name = 'a blob' }: BlobTarget,
  options: CallOptions,
): Promise<Blob> {
  const hash = createHash('sha256')
  const stream = connection.open(content.write, options)
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
    options.signal?.throwIfAborted()
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
    if (expected !== undefined && blob.digest !== expected)
      throw errors.invalidParameter(
        `the image is damaged: ${name} has the digest ${blob.digest} where ${expected} is expected`,
      )
    // Without the digest expected: told it, containerd answers "there already" before the lease holds what is there.
    await send({ action: WriteAction.commit, ref, offset, total: offset })
    stream.end()
    await ended
    if (failure !== undefined && !isAlreadyThere(failure)) throw failure
    return blob
  } catch (error) {
    stream.cancel()
    await abortBlob(connection, ref).catch(() => {})
    throw error
  }
}

/** containerd keeps the lock of a half-written blob (UNAVAILABLE) until it has seen that its writer has gone. */
export async function abortBlob(connection: Connection, ref: string): Promise<void> {
  for (const deadline = performance.now() + lockPatienceMs; ;) {
    try {
      await connection.call(content.abort, { ref }).catch(ignoreNotFound)
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await setTimeout(20)
    }
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
  return writeBlob(connection, once(), { ref }, options)
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
