/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System */
import type { Filters } from '../docker/common.ts'
import type { EventMessage } from '../docker/events.ts'
import type { SystemInfo, SystemVersion } from '../docker/system.ts'
import { filterQuery } from './filters.ts'
import { readJsonLines } from './lines.ts'
import type { Transport } from './transport.ts'

export class System {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  ping(): Promise<void> {
    return this.#transport.send('GET', '/_ping')
  }

  version(): Promise<SystemVersion> {
    return this.#transport.json('GET', '/version')
  }

  info(): Promise<SystemInfo> {
    return this.#transport.json('GET', '/info')
  }

  /** Until the signal fires, which throws its AbortError out of the loop, or `until` is past. Times are unix seconds or RFC 3339. */
  async *events(
    options: { since?: string; until?: string; filters?: Filters; signal?: AbortSignal } = {},
  ): AsyncGenerator<EventMessage> {
    const { since, until, filters, signal } = options
    yield* readJsonLines<EventMessage>(
      await this.#transport.stream('GET', '/events', {
        query: { since, until, filters: filterQuery(filters) },
        signal,
      }),
    )
  }
}
