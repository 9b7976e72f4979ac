/** From a source to images of ours: blobs into the content store, layers into snapshots, and a name at the very end. */
import { errors } from '../../../api/errors.ts'
import { content } from '../api/content.ts'
import { leases } from '../api/leases.ts'
import { isNotFound, type CallOptions, type Connection } from '../connection.ts'
import type { ImageProgress } from '../launcher.ts'
import { unpack } from '../layers/unpack.ts'
import { readBlob, writeBlob } from './blobs.ts'
import { compressionOf, magicLength } from './compression.ts'
import { imageConfig, isIndex, layerMediaType, manifest, parseJson, type OciDescriptor } from './formats.ts'
import { manifestFor } from './platform.ts'
import { familiar } from './reference.ts'
import { nameImage, tieBlobs } from './register.ts'
import type { ImageSource } from './source.ts'

/** Manifests and configurations; layers may be as large as they like. */
const jsonLimitBytes = 16 * 1024 * 1024

/** Ends early when the signal of `options` fires: it looks at it between steps, and waiting calls are cancelled. */
export async function* addImages(
  connection: Connection,
  source: ImageSource,
  options: CallOptions,
): AsyncGenerator<ImageProgress> {
  const fetch = fetcher(connection, source, options)
  for await (const { root, names } of source.images(options)) {
    const chain = isIndex(root) ? [root, manifestFor(root, await fetch.json(root))] : [root]
    const leaf = chain.at(-1) as OciDescriptor
    const body = parseJson(await fetch.json(leaf), manifest, `the manifest ${leaf.digest}`)
    const config = parseJson(await fetch.json(body.config), imageConfig, `the configuration ${body.config.digest}`)
    const layers = []
    for (const layer of body.layers) {
      await fetch.blob(layer)
      const start = await readBlob(connection, layer.digest, magicLength)
      layers.push({ digest: layer.digest, size: layer.size, mediaType: layerMediaType(layer, compressionOf(start)) })
    }
    yield* unpack(connection, layers, config.rootfs.diff_ids, options)
    await tieBlobs(connection, { chain, manifest: body, diffIds: config.rootfs.diff_ids }, options)
    options.signal?.throwIfAborted()
    const id = body.config.digest
    await nameImage(connection, { id, root, names })
    yield { step: 'image', id, names: names.map(familiar) }
  }
}

/** Blobs by their digests: what is there already is held, what is not is read from the source. */
function fetcher(
  connection: Connection,
  source: ImageSource,
  options: CallOptions,
): { blob(blob: OciDescriptor): Promise<void>; json(blob: OciDescriptor): Promise<Buffer> } {
  const fetchBlob = async (blob: OciDescriptor): Promise<void> => {
    options.signal?.throwIfAborted()
    const { digest, size } = blob
    const present = await sizeOf(connection, digest, options)
    if (present === undefined)
      return void (await writeBlob(
        connection,
        source.read(blob, options),
        { ref: `${options.lease}-${digest}`, digest },
        options,
      ))
    if (present !== size)
      throw errors.invalidParameter(`the image is damaged: ${digest} has ${present} bytes where ${size} are announced`)
    await connection.call(leases.addResource, { id: options.lease ?? '', resource: { id: digest, type: 'content' } })
  }
  return {
    blob: fetchBlob,
    async json(blob) {
      if (blob.size > jsonLimitBytes)
        throw errors.invalidParameter(`${blob.digest} has ${blob.size} bytes; more than ${jsonLimitBytes} are not read`)
      await fetchBlob(blob)
      return readBlob(connection, blob.digest)
    },
  }
}

async function sizeOf(connection: Connection, digest: string, options: CallOptions): Promise<number | undefined> {
  try {
    return (await connection.call(content.info, { digest }, options)).info?.size
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
