/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container */
import type { Duplex, Readable } from 'node:stream'
import type { Filters } from '../docker/common.ts'
import type {
  ContainerInspect,
  ContainerSummary,
  CreateContainerRequest,
  CreateContainerResponse,
  WaitResponse,
} from '../docker/containers.ts'
import { filterQuery } from './filters.ts'
import type { Transport } from './transport.ts'

export interface LogsOptions {
  stdout?: boolean
  stderr?: boolean
  follow?: boolean
  timestamps?: boolean
  /** Unix seconds, with a fraction, or RFC 3339. */
  since?: string
  until?: string
  /** Last n lines, or `all`. */
  tail?: string
  signal?: AbortSignal
}

export interface AttachOptions {
  stdin?: boolean
  stdout?: boolean
  stderr?: boolean
  /** Replays the log before what comes now. */
  logs?: boolean
}

export class Containers {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  list(options: { all?: boolean; limit?: number; filters?: Filters } = {}): Promise<ContainerSummary[]> {
    const { all, limit, filters } = options
    return this.#transport.json('GET', '/containers/json', { query: { all, limit, filters: filterQuery(filters) } })
  }

  create(request: CreateContainerRequest, options: { name?: string } = {}): Promise<CreateContainerResponse> {
    return this.#transport.json('POST', '/containers/create', { json: request, query: options })
  }

  inspect(container: string): Promise<ContainerInspect> {
    return this.#transport.json('GET', path(container, 'json'))
  }

  start(container: string): Promise<void> {
    return this.#transport.send('POST', path(container, 'start'))
  }

  /** The daemon kills what has not ended after `timeoutSeconds` (10 unless the container says otherwise). */
  stop(container: string, options: { signal?: string; timeoutSeconds?: number } = {}): Promise<void> {
    return this.#transport.send('POST', path(container, 'stop'), {
      query: { signal: options.signal, t: options.timeoutSeconds },
    })
  }

  /** SIGKILL unless told. */
  kill(container: string, options: { signal?: string } = {}): Promise<void> {
    return this.#transport.send('POST', path(container, 'kill'), { query: options })
  }

  remove(container: string, options: { force?: boolean; volumes?: boolean } = {}): Promise<void> {
    return this.#transport.send('DELETE', `/containers/${encodeURIComponent(container)}`, {
      query: { force: options.force, v: options.volumes },
    })
  }

  /**
   * The daemon answers the request's header at once and its body when the container has ended: `started` resolves when
   * it is certain that the end is not missed, `ended` with the exit code.
   */
  wait(
    container: string,
    options: { condition?: 'not-running' | 'next-exit' | 'removed'; signal?: AbortSignal } = {},
  ): { started: Promise<void>; ended: Promise<WaitResponse> } {
    const { condition, signal } = options
    const response = this.#transport.stream('POST', path(container, 'wait'), { query: { condition }, signal })
    const ended = response.then((body) => this.#transport.read<WaitResponse>(body))
    // Whoever awaits `started` alone must not be punished for the other.
    ended.catch(() => {})
    return { started: response.then(() => {}), ended }
  }

  /** Multiplexed unless the container has a tty: read it with `readOutput`. */
  logs(container: string, options: LogsOptions = {}): Promise<Readable> {
    const { signal, ...query } = options
    return this.#transport.stream('GET', path(container, 'logs'), {
      query: { stdout: true, stderr: true, ...query },
      signal,
    })
  }

  /** The container's streams on one connection: write its input, end to close it, read its output with `readOutput`. */
  attach(container: string, options: AttachOptions = {}): Promise<Duplex> {
    return this.#transport.hijack('POST', path(container, 'attach'), { query: { stream: true, ...options } })
  }

  resize(container: string, size: { rows: number; columns: number }): Promise<void> {
    return this.#transport.send('POST', path(container, 'resize'), { query: { h: size.rows, w: size.columns } })
  }
}

function path(container: string, verb: string): string {
  return `/containers/${encodeURIComponent(container)}/${verb}`
}
