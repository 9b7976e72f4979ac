/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Network */
import type { Filters } from '../docker/common.ts'
import type {
  ConnectNetworkRequest,
  CreateNetworkRequest,
  CreateNetworkResponse,
  DisconnectNetworkRequest,
  Network,
  PruneNetworksResponse,
} from '../docker/networks.ts'
import { filterQuery } from './filters.ts'
import type { Transport } from './transport.ts'

export class Networks {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  list(options: { filters?: Filters } = {}): Promise<Network[]> {
    return this.#transport.json('GET', '/networks', { query: { filters: filterQuery(options.filters) } })
  }

  create(request: CreateNetworkRequest): Promise<CreateNetworkResponse> {
    return this.#transport.json('POST', '/networks/create', { json: request })
  }

  inspect(network: string, options: { verbose?: boolean } = {}): Promise<Network> {
    return this.#transport.json('GET', `/networks/${encodeURIComponent(network)}`, { query: options })
  }

  connect(network: string, request: ConnectNetworkRequest): Promise<void> {
    return this.#transport.send('POST', `/networks/${encodeURIComponent(network)}/connect`, { json: request })
  }

  disconnect(network: string, request: DisconnectNetworkRequest): Promise<void> {
    return this.#transport.send('POST', `/networks/${encodeURIComponent(network)}/disconnect`, { json: request })
  }

  remove(network: string): Promise<void> {
    return this.#transport.send('DELETE', `/networks/${encodeURIComponent(network)}`)
  }

  prune(options: { filters?: Filters } = {}): Promise<PruneNetworksResponse> {
    return this.#transport.json('POST', '/networks/prune', { query: { filters: filterQuery(options.filters) } })
  }
}
