/** The images half of the launcher's contract. */
import { addAbortSignal, type Readable } from 'node:stream'
import type { ImageConfig, ImageDeleteItem, ImageInspect, ImageSummary } from '../../../api/docker/images.ts'
import type { Connection } from '../connection.ts'
import type { ImageProgress, Images } from '../launcher.ts'
import { addImages } from './add.ts'
import { archiveSource } from './archive-source.ts'
import { Catalogue, type Image } from './catalogue.ts'
import { withLease } from './lease.ts'
import { canonical, familiar } from './reference.ts'
import { putRecord } from './register.ts'
import { removeImage } from './remove.ts'
import { rootfsSource, type ImportRequest } from './rootfs-source.ts'
import type { ImageSource } from './source.ts'
import { snapshotter } from '../layers/unpack.ts'

export class ImageStore implements Images {
  readonly #connection: Connection
  readonly #catalogue: Catalogue
  readonly #newId: () => string
  readonly #now: () => Date

  constructor(connection: Connection, ambient: { newId: () => string; now: () => Date }) {
    this.#connection = connection
    this.#catalogue = new Catalogue(connection)
    this.#newId = ambient.newId
    this.#now = ambient.now
  }

  async list(): Promise<ImageSummary[]> {
    const all = await this.#catalogue.all()
    const summaries = await Promise.all(all.map((image) => this.#summary(image)))
    return summaries.toSorted((a, b) => b.Created - a.Created)
  }

  async inspect(reference: string): Promise<ImageInspect> {
    const image = await this.#catalogue.find(reference)
    const { config } = image
    const size = await this.#catalogue.size(image)
    return {
      Id: image.id,
      ...namesOf(image),
      Parent: '',
      Comment: config.comment ?? '',
      Created: config.created ?? '0001-01-01T00:00:00Z',
      DockerVersion: config.docker_version ?? '',
      Author: config.author ?? '',
      Config: containerConfig(config),
      Architecture: config.architecture,
      Os: config.os,
      Size: size,
      VirtualSize: size,
      GraphDriver: { Name: snapshotter, Data: null },
      RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
      Metadata: { LastTagTime: image.taggedAt.toISOString() },
    }
  }

  load(archive: Readable, signal: AbortSignal): AsyncIterable<ImageProgress> {
    return this.#add(archiveSource(this.#connection, addAbortSignal(signal, archive)), signal)
  }

  importRootfs(rootfs: Readable, request: ImportRequest, signal: AbortSignal): AsyncIterable<ImageProgress> {
    const source = rootfsSource(this.#connection, addAbortSignal(signal, rootfs), request, this.#now())
    return this.#add(source, signal)
  }

  remove(
    reference: string,
    options: { isForced: boolean; usedBy: (imageId: string) => string[] },
  ): Promise<ImageDeleteItem[]> {
    return removeImage(this.#connection, this.#catalogue, reference, options)
  }

  async tag(reference: string, target: string): Promise<void> {
    const name = canonical(target)
    const image = await this.#catalogue.find(reference)
    const record = image.records[0] as Image['records'][number]
    await putRecord(this.#connection, name, record)
  }

  topSnapshot(id: string): Promise<string> {
    return this.#catalogue.top(id)
  }

  #add(source: ImageSource, signal: AbortSignal): AsyncIterable<ImageProgress> {
    return withLease(this.#connection, { id: this.#newId(), signal }, (options) =>
      addImages(this.#connection, source, options),
    )
  }

  async #summary(image: Image): Promise<ImageSummary> {
    const size = await this.#catalogue.size(image)
    return {
      Id: image.id,
      ParentId: '',
      ...namesOf(image),
      Created: Math.floor(new Date(image.config.created ?? 0).getTime() / 1000),
      Size: size,
      SharedSize: -1,
      VirtualSize: size,
      Labels: image.config.config?.Labels ?? null,
      Containers: -1,
    }
  }
}

function namesOf(image: Image): { RepoTags: string[]; RepoDigests: string[] } {
  const names = image.records.map(({ name }) => name).filter((name) => name !== image.id)
  const [digests, tags] = [names.filter((name) => name.includes('@')), names.filter((name) => !name.includes('@'))]
  return { RepoTags: tags.map(familiar).toSorted(), RepoDigests: digests.map(familiar).toSorted() }
}

function containerConfig({ config }: Image['config']): ImageConfig {
  return {
    User: config?.User ?? '',
    ...(config?.ExposedPorts && { ExposedPorts: config.ExposedPorts }),
    Env: config?.Env ?? [],
    Entrypoint: config?.Entrypoint ?? null,
    Cmd: config?.Cmd ?? null,
    Volumes: config?.Volumes ?? null,
    WorkingDir: config?.WorkingDir ?? '',
    Labels: config?.Labels ?? null,
    ...(config?.StopSignal && { StopSignal: config.StopSignal }),
  }
}
