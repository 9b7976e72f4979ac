/** Layers become snapshots, each named by the chain of the layers under it, so that images share what they share. */
import { createHash } from 'node:crypto'
import { errors } from '../../../api/errors.ts'
import { diff, snapshots } from '../api/snapshots.ts'
import type { ImageProgress } from '../launcher.ts'
import { ContainerdError, isAlreadyThere, isNotFound, type CallOptions, type Connection } from '../connection.ts'

export const snapshotter = 'overlayfs'

export interface Layer {
  mediaType: string
  digest: string
  size: number
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = []
  for (const diffId of diffIds) {
    const below = chain.at(-1)
    chain.push(
      below === undefined ? diffId : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
    )
  }
  return chain
}

/** Tells of each layer before and after; 400 when one is not what the configuration announces. */
export async function* unpack(
  connection: Connection,
  layers: readonly Layer[],
  diffIds: readonly string[],
  options: CallOptions,
): AsyncGenerator<ImageProgress> {
  if (layers.length !== diffIds.length) {
    throw errors.invalidParameter(
      `the image has ${layers.length} layers, but its configuration announces ${diffIds.length}`,
    )
  }
  const chain = chainIds(diffIds)
  for (const [position, layer] of layers.entries()) {
    const name = chain[position] as string
    if (await exists(connection, name, options)) continue
    const diffId = diffIds[position] as string
    const told = { step: 'layer', diffId, totalBytes: layer.size } as const
    yield { ...told, doneBytes: 0 }
    await unpackLayer(connection, layer, { name, parent: chain[position - 1] ?? '', diffId }, options)
    yield { ...told, doneBytes: layer.size }
  }
}

async function unpackLayer(
  connection: Connection,
  layer: Layer,
  place: { name: string; parent: string; diffId: string },
  options: CallOptions,
): Promise<void> {
  const key = `extract-${options.lease}-${place.name}`
  const { mounts } = await connection.call(snapshots.prepare, { snapshotter, key, parent: place.parent }, options)
  try {
    const { applied } = await connection
      .call(diff.apply, { diff: { ...layer, annotations: {} }, mounts }, options)
      .catch((error: unknown) => {
        if (!(error instanceof ContainerdError)) throw error
        throw errors.invalidParameter(`cannot unpack the layer ${layer.digest}: ${error.details}`)
      })
    if (applied?.digest !== place.diffId) {
      throw errors.invalidParameter(
        `the layer ${layer.digest} unpacks to ${applied?.digest}, but the image's configuration announces ${place.diffId}`,
      )
    }
    await connection.call(snapshots.commit, { snapshotter, name: place.name, key }, options)
  } catch (error) {
    await connection.call(snapshots.remove, { snapshotter, key }).catch(() => {})
    // Another load of the same layer was quicker.
    if (!isAlreadyThere(error)) throw error
  }
}

async function exists(connection: Connection, name: string, options: CallOptions): Promise<boolean> {
  try {
    await connection.call(snapshots.stat, { snapshotter, key: name }, options)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}
