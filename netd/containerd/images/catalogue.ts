/** The images that containerd holds, by their ids: its records name manifests, and several records may name one image. */
import { errors } from '../../../api/errors.ts'
import { images, type ImageRecord } from '../api/images.ts'
import { snapshots } from '../api/snapshots.ts'
import { toDate } from '../api/types.ts'
import type { Connection } from '../connection.ts'
import { readBlob } from './blobs.ts'
import { imageConfig, isIndex, manifest, type Manifest, type OciImageConfig } from './formats.ts'
import { manifestFor } from './platform.ts'
import { canonical } from './reference.ts'
import { chainIds, snapshotter } from '../layers/unpack.ts'

export interface Image {
  /** Digest of the configuration. */
  id: string
  manifest: Manifest
  config: OciImageConfig
  /** Snapshots, lowest first. */
  chain: string[]
  records: ImageRecord[]
  taggedAt: Date
}

export class Catalogue {
  readonly #connection: Connection
  /** By digest of the manifest: what it says never changes. */
  readonly #contents = new Map<string, Promise<{ manifest: Manifest; config: OciImageConfig }>>()
  readonly #sizes = new Map<string, Promise<number>>()
  /** By image id: the snapshot of its highest layer. */
  readonly #tops = new Map<string, string>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async all(): Promise<Image[]> {
    const { images: records } = await this.#connection.call(images.list, {})
    const byId = new Map<string, Image>()
    await Promise.all(
      records.map(async (record) => {
        if (record.target === undefined) return
        const content = await this.#content(record.target.digest, record.target.mediaType)
        const { digest: id } = content.manifest.config
        const image = byId.get(id) ?? {
          id,
          ...content,
          chain: chainIds(content.config.rootfs.diff_ids),
          records: [],
          taggedAt: new Date(0),
        }
        image.records.push(record)
        image.taggedAt = new Date(Math.max(image.taggedAt.getTime(), toDate(record.updatedAt).getTime()))
        byId.set(id, image)
        this.#tops.set(id, image.chain.at(-1) ?? '')
      }),
    )
    return [...byId.values()]
  }

  /** By id, name, or unambiguous prefix of an id. Throws imageNotFound. */
  async find(reference: string): Promise<Image> {
    const all = await this.all()
    const byId = all.find(({ id }) => id === reference || id === `sha256:${reference}`)
    if (byId !== undefined) return byId
    const prefix = /^(?:sha256:)?([a-f0-9]{1,64})$/.exec(reference)?.[1]
    const isWholeId = prefix?.length === 64 || reference.startsWith('sha256:')
    const name = isWholeId ? undefined : canonical(reference)
    const byName = all.find(({ records }) => records.some((record) => record.name === name))
    if (byName !== undefined) return byName
    const byPrefix = prefix === undefined ? [] : all.filter(({ id }) => id.startsWith(`sha256:${prefix}`))
    if (byPrefix.length === 1 && byPrefix[0] !== undefined) return byPrefix[0]
    throw errors.imageNotFound(name?.replace(/^docker\.io\/(?:library\/)?/, '') ?? reference)
  }

  /** The snapshot that a container's writable layer goes on. It may be gone when the image is. Throws imageNotFound. */
  async top(id: string): Promise<string> {
    return this.#tops.get(id) ?? (await this.find(id)).chain.at(-1) ?? ''
  }

  /** Bytes of all its layers unpacked. */
  async size(image: Image): Promise<number> {
    const sizes = await Promise.all(image.chain.map((key) => this.#sizeOf(key)))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  #sizeOf(key: string): Promise<number> {
    const known = this.#sizes.get(key)
    if (known !== undefined) return known
    const size = this.#connection.call(snapshots.usage, { snapshotter, key }).then((usage) => usage.size)
    this.#sizes.set(key, size)
    size.catch(() => this.#sizes.delete(key))
    return size
  }

  #content(digest: string, mediaType: string): Promise<{ manifest: Manifest; config: OciImageConfig }> {
    const known = this.#contents.get(digest)
    if (known !== undefined) return known
    const content = this.#read(digest, mediaType)
    this.#contents.set(digest, content)
    content.catch(() => this.#contents.delete(digest))
    return content
  }

  async #read(digest: string, mediaType: string): Promise<{ manifest: Manifest; config: OciImageConfig }> {
    const bytes = await readBlob(this.#connection, digest)
    if (isIndex({ mediaType })) {
      const fitting = manifestFor({ digest }, bytes)
      return this.#read(fitting.digest, fitting.mediaType)
    }
    const body = manifest.parse(JSON.parse(bytes.toString()))
    const config = imageConfig.parse(JSON.parse((await readBlob(this.#connection, body.config.digest)).toString()))
    return { manifest: body, config }
  }
}
