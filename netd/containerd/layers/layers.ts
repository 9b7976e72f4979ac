/** Writable layers as snapshots of containerd, named by the container's id. */
import { mkdirSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import { imageMountPoint, type Roots } from '../../config/layout.ts'
import { snapshots } from '../api/snapshots.ts'
import type { Mount } from '../api/types.ts'
import { ignoreNotFound, isNotFound, type Connection } from '../connection.ts'
import type { Layers } from '../launcher.ts'
import { copyFromImage } from './copy-from-image.ts'
import { layerRoots } from './overlay.ts'
import { snapshotter } from './unpack.ts'

interface Parts {
  connection: Connection
  /** Of an image id: the snapshot of its highest layer. */
  topOf: (imageId: string) => Promise<string>
  roots: Roots
  now: () => Date
}

export class SnapshotLayers implements Layers {
  readonly #parts: Parts
  /** Of prepared layers: an overlay's folders do not change. */
  readonly #mounts = new Map<string, Mount[]>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async prepare(id: string, imageId: string): Promise<void> {
    const parent = await this.#parts.topOf(imageId)
    // The layer outlives the container record, so it must be a root of its own for the garbage collection.
    const lasting = { 'containerd.io/gc.root': this.#parts.now().toISOString() }
    const { mounts } = await this.#parts.connection
      .call(snapshots.prepare, { snapshotter, key: id, parent, labels: lasting })
      .catch((error: unknown) => {
        throw isNotFound(error) ? errors.imageNotFound(imageId) : error
      })
    this.#mounts.set(id, mounts)
  }

  async mounts(id: string): Promise<Mount[]> {
    return (
      this.#mounts.get(id) ?? (await this.#parts.connection.call(snapshots.mounts, { snapshotter, key: id })).mounts
    )
  }

  async copyFromImage(id: string, from: string, into: string): Promise<void> {
    const mountPoint = imageMountPoint(this.#parts.roots)
    mkdirSync(mountPoint, { recursive: true, mode: 0o700 })
    await copyFromImage(layerRoots(await this.mounts(id)), from, into, mountPoint)
  }

  /** Of every container that has one: what can be written to, where layers of images cannot. */
  async ids(): Promise<string[]> {
    const { connection } = this.#parts
    const stream = connection.subscribe(
      snapshots.list,
      { snapshotter, filters: ['kind==active'] },
      { timeoutMs: 30_000 },
    )
    const ids: string[] = []
    try {
      for await (const { info } of stream as AsyncIterable<{ info: { name: string }[] }>)
        ids.push(...info.map(({ name }) => name))
    } catch (error) {
      throw connection.errorOf(snapshots.list.path, error as never)
    }
    return ids
  }

  async remove(id: string): Promise<void> {
    this.#mounts.delete(id)
    await this.#parts.connection.call(snapshots.remove, { snapshotter, key: id }).catch(ignoreNotFound)
  }
}
