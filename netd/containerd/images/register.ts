/** Makes an image of blobs that are in the content store: unpacks it, ties the blobs together, and names it. */
import { images, type ImageRecord } from '../api/images.ts'
import { isAlreadyThere, type CallOptions, type Connection } from '../connection.ts'
import { labelBlob, writeJson } from './blobs.ts'
import { mediaTypes, type Manifest, type OciImageConfig } from './formats.ts'
import { snapshotter, unpack } from '../layers/unpack.ts'

/** On the image record: the digest of the configuration, which is what Docker calls the image's id. */
export const idLabel = 'trestle.image-id'

/** Resolves with the image id. `names` are canonical; without any the image stays reachable by its id. */
export async function register(
  connection: Connection,
  image: { manifest: Manifest; config: OciImageConfig; names: string[] },
  options: CallOptions,
): Promise<string> {
  const { config: configBlob, layers } = image.manifest
  const top = await unpack(connection, layers, image.config.rootfs.diff_ids, options)
  const body = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configBlob, layers }
  const blob = await writeJson(connection, body, `${options.lease}-manifest-${configBlob.digest}`, options)
  await labelBlob(
    connection,
    configBlob.digest,
    top === undefined ? {} : { [`containerd.io/gc.ref.snapshot.${snapshotter}`]: top },
    options,
  )
  await labelBlob(connection, blob.digest, references(image.manifest), options)
  const target = { mediaType: mediaTypes.manifest, ...blob, annotations: {} }
  const names = image.names.length > 0 ? image.names : [configBlob.digest]
  for (const name of names) await putRecord(connection, name, { target, labels: { [idLabel]: configBlob.digest } })
  return configBlob.digest
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

/** https://github.com/containerd/containerd/blob/main/docs/garbage-collection.md#garbage-collection-labels */
function references(manifest: Manifest): Record<string, string> {
  const labels: Record<string, string> = { 'containerd.io/gc.ref.content.config': manifest.config.digest }
  for (const [position, layer] of manifest.layers.entries())
    labels[`containerd.io/gc.ref.content.l.${position}`] = layer.digest
  return labels
}
