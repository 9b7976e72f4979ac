/** Compression told by the first bytes of a stream, as nothing else is to be relied on. */
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { errors } from '../../../api/errors.ts'

export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz'

export const magicLength = 6

const magics: [Compression, number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
]

export function compressionOf(start: Uint8Array): Compression {
  return magics.find(([, magic]) => magic.every((byte, index) => start[index] === byte))?.[0] ?? 'none'
}

/** The plain bytes of an archive; 400 for a compression that is not supported. */
export async function decompress(source: Readable): Promise<AsyncIterable<Buffer>> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let start = Buffer.alloc(0)
  while (start.length < magicLength) {
    const { value, done } = await iterator.next()
    if (done === true) break
    start = Buffer.concat([start, value])
  }
  async function* whole(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  const compression = compressionOf(start)
  return compression === 'none' ? whole() : through(whole(), decompressor(compression))
}

function decompressor(compression: Compression): Transform {
  if (compression === 'gzip') return zlib.createGunzip()
  // Node has zstd since 22.15.
  if (compression === 'zstd' && 'createZstdDecompress' in zlib) return zlib.createZstdDecompress()
  throw errors.invalidParameter(
    `the archive is compressed with ${compression}, which is not supported; use gzip or no compression`,
  )
}

async function* through(source: AsyncIterable<Buffer>, transform: Transform): AsyncGenerator<Buffer> {
  const piped = pipeline(source, transform)
  piped.catch(() => {})
  for await (const chunk of transform) yield chunk as Buffer
  await piped
}
