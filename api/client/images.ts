/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Image */
import type { Readable } from 'node:stream'
import type { Filters } from '../docker/common.ts'
import type { ImageDeleteItem, ImageInspect, ImageSummary } from '../docker/images.ts'
import { RemoteError } from './errors.ts'
import { filterQuery } from './filters.ts'
import { readJsonLines } from './lines.ts'
import type { Transport } from './transport.ts'

/** One line of a load or an import. */
export interface Progress {
  stream?: string
  status?: string
  error?: string
  errorDetail?: { message: string; code?: number }
}

export class Images {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  list(options: { all?: boolean; filters?: Filters } = {}): Promise<ImageSummary[]> {
    return this.#transport.json('GET', '/images/json', {
      query: { all: options.all, filters: filterQuery(options.filters) },
    })
  }

  inspect(image: string): Promise<ImageInspect> {
    return this.#transport.json('GET', `/images/${image}/json`)
  }

  /** A `docker save` archive or an OCI layout, gzip allowed; yields what the daemon says on the way. */
  async *load(archive: Readable): AsyncGenerator<Progress> {
    yield* progress(await this.#transport.stream('POST', '/images/load', { tar: archive, query: { quiet: true } }))
  }

  /** A root file system as tar. Resolves with the image's id. */
  async importRootfs(
    rootfs: Readable,
    options: { reference?: string; message?: string; changes?: string[] } = {},
  ): Promise<string> {
    const { repository, tag } = splitReference(options.reference ?? '')
    const query = { fromSrc: '-', repo: repository, tag, message: options.message, changes: options.changes }
    let id = ''
    for await (const { status } of progress(
      await this.#transport.stream('POST', '/images/create', { tar: rootfs, query }),
    ))
      id = status ?? id
    return id
  }

  tag(image: string, target: string): Promise<void> {
    const { repository, tag } = splitReference(target)
    return this.#transport.send('POST', `/images/${image}/tag`, { query: { repo: repository, tag } })
  }

  remove(image: string, options: { force?: boolean; noprune?: boolean } = {}): Promise<ImageDeleteItem[]> {
    return this.#transport.json('DELETE', `/images/${image}`, { query: options })
  }
}

/** A tag is what follows the last colon after the last slash: `host:5000/web` has none. */
function splitReference(reference: string): { repository: string; tag: string | undefined } {
  const [, repository = '', tag] = /^(.*?)(?::([^:/]+))?$/s.exec(reference) ?? []
  return { repository, tag }
}

/** The status was 200 before the work began, so a failure comes as a line. */
async function* progress(body: Readable): AsyncGenerator<Progress> {
  for await (const line of readJsonLines<Progress>(body)) {
    const failure = line.errorDetail?.message ?? line.error
    if (failure !== undefined) throw new RemoteError(line.errorDetail?.code ?? 500, failure)
    yield line
  }
}
