/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Volume */
import type { Filters } from '../docker/common.ts'
import type { CreateVolumeRequest, ListVolumesResponse, PruneVolumesResponse, Volume } from '../docker/volumes.ts'
import { filterQuery } from './filters.ts'
import type { Transport } from './transport.ts'

export class Volumes {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  list(options: { filters?: Filters } = {}): Promise<ListVolumesResponse> {
    return this.#transport.json('GET', '/volumes', { query: { filters: filterQuery(options.filters) } })
  }

  /** One that is there already is the answer, too. */
  create(request: CreateVolumeRequest): Promise<Volume> {
    return this.#transport.json('POST', '/volumes/create', { json: request })
  }

  inspect(volume: string): Promise<Volume> {
    return this.#transport.json('GET', `/volumes/${encodeURIComponent(volume)}`)
  }

  remove(volume: string, options: { force?: boolean } = {}): Promise<void> {
    return this.#transport.send('DELETE', `/volumes/${encodeURIComponent(volume)}`, { query: options })
  }

  /** Anonymous ones that no container has; with the filter `all=true` named ones, too. */
  prune(options: { filters?: Filters } = {}): Promise<PruneVolumesResponse> {
    return this.#transport.json('POST', '/volumes/prune', { query: { filters: filterQuery(options.filters) } })
  }
}
