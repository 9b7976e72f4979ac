/** What makes blobs an image: labels by which the garbage collection knows what it refers to, and records that name it. */
import { images, type ImageRecord } from '../api/images.ts'
import { isAlreadyThere, type CallOptions, type Connection } from '../connection.ts'
import { chainIds, snapshotter } from '../layers/unpack.ts'
import { labelBlob } from './blobs.ts'
import type { Manifest, OciDescriptor } from './formats.ts'

/** On the image record: the digest of the configuration, which is what Docker calls the image's id. */
const idLabel = 'trestle.image-id'

/**
 * `chain` leads from the root to the manifest.
 * https://github.com/containerd/containerd/blob/main/docs/garbage-collection.md#garbage-collection-labels
 */
export async function tieBlobs(
  connection: Connection,
  image: { chain: OciDescriptor[]; manifest: Manifest; diffIds: readonly string[] },
  options: CallOptions,
): Promise<void> {
  const { chain, manifest, diffIds } = image
  const top = chainIds(diffIds).at(-1)
  if (top !== undefined)
    await labelBlob(
      connection,
      manifest.config.digest,
      { [`containerd.io/gc.ref.snapshot.${snapshotter}`]: top },
      options,
    )
  const references: Record<string, string> = { 'containerd.io/gc.ref.content.config': manifest.config.digest }
  for (const [position, layer] of manifest.layers.entries())
    references[`containerd.io/gc.ref.content.l.${position}`] = layer.digest
  const leaf = chain.at(-1) as OciDescriptor
  await labelBlob(connection, leaf.digest, references, options)
  for (const index of chain.slice(0, -1))
    await labelBlob(connection, index.digest, { 'containerd.io/gc.ref.content.m.0': leaf.digest }, options)
}

/** `names` are canonical; without any the image stays reachable by its id. */
export async function nameImage(
  connection: Connection,
  { id, root, names }: { id: string; root: OciDescriptor; names: string[] },
): Promise<void> {
  const { mediaType, digest, size } = root
  const image = { target: { mediaType, digest, size, annotations: {} }, labels: { [idLabel]: id } }
  for (const name of names.length > 0 ? names : [id]) await putRecord(connection, name, image)
}

/** Names an image. One that had the name before, and no other, stays reachable by its id. */
export async function putRecord(
  connection: Connection,
  name: string,
  image: Pick<ImageRecord, 'target' | 'labels'>,
): Promise<void> {
  const record = { name, labels: image.labels, target: image.target, createdAt: undefined, updatedAt: undefined }
  try {
    await connection.call(images.create, { image: record })
    return
  } catch (error) {
    if (!isAlreadyThere(error)) throw error
  }
  const { images: all } = await connection.call(images.list, {})
  const before = all.find((other) => other.name === name)
  const id = before?.labels[idLabel]
  const isOnlyName =
    id !== undefined && id !== image.labels[idLabel] && all.filter((other) => other.labels[idLabel] === id).length === 1
  if (isOnlyName && before !== undefined) await putRecord(connection, id, before)
  await connection.call(images.update, { image: record })
}
