/** One gRPC channel to containerd over its unix socket: unary calls with a deadline, and streams. */
import {
  Client,
  credentials,
  Metadata,
  status,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js'
import { ApiError, errors } from '../../api/errors.ts'
import type { Method } from './api/method.ts'

/** What containerd answered, with the operation in front: `containerd: Tasks/Kill: process already finished`. */
export class ContainerdError extends ApiError {
  readonly grpcStatus: status
  /** containerd's own sentence. */
  readonly details: string

  constructor(operation: string, grpcStatus: status, details: string) {
    super('internal', 500, `containerd: ${operation}: ${details}`)
    this.grpcStatus = grpcStatus
    this.details = details
  }
}

const hasStatus = (error: unknown, wanted: status): boolean =>
  error instanceof ContainerdError && error.grpcStatus === wanted
export const isNotFound = (error: unknown): boolean => hasStatus(error, status.NOT_FOUND)
export const isAlreadyThere = (error: unknown): boolean => hasStatus(error, status.ALREADY_EXISTS)

/** For `.catch`: what is to go is gone already. */
export function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}

export interface CallOptions {
  /** 30 s unless told. */
  timeoutMs?: number
  /** Id of the lease that what is made belongs to. */
  lease?: string
  /** Cancels the call; it throws the signal's reason then. */
  signal?: AbortSignal
}

export class Connection {
  readonly #client: Client
  readonly #address: string
  readonly #namespace: string
  #outage: string | undefined
  readonly #pending = new Set<{ cancel(): void }>()

  constructor(address: string, namespace: string) {
    this.#address = address
    this.#namespace = namespace
    this.#client = new Client(`unix:${address}`, credentials.createInsecure(), {
      'grpc.enable_channelz': 0,
      'grpc.max_receive_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 20,
      'grpc.min_reconnect_backoff_ms': 20,
      'grpc.max_reconnect_backoff_ms': 500,
    })
  }

  /** Until the socket answers. */
  ready(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error === undefined) return resolve()
        const advice = 'check that it runs and that this process may open its socket'
        reject(errors.unavailable(`containerd does not answer on ${this.#address}: ${advice}`))
      })
    })
  }

  /** Why there is no containerd, when that is known: then nothing waits for one. Undefined once it is back. */
  get outage(): string | undefined {
    return this.#outage
  }

  set outage(reason: string | undefined) {
    this.#outage = reason
    if (reason !== undefined) for (const call of this.#pending) call.cancel()
  }

  /** Throws ContainerdError for what containerd refuses, and 503 when there is no answer. */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
    options: CallOptions = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const { signal } = options
      if (signal?.aborted === true) return reject(signal.reason as Error)
      if (this.#outage !== undefined) return reject(errors.unavailable(this.#outage))
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.request.encode,
        method.response.decode,
        request,
        this.#metadata(options),
        { deadline: Date.now() + (options.timeoutMs ?? 30_000) },
        (error, response) => {
          this.#pending.delete(call)
          signal?.removeEventListener('abort', cancel)
          if (signal?.aborted === true) reject(signal.reason as Error)
          else if (error) reject(this.errorOf(method.path, error))
          else resolve(response as Response)
        },
      )
      const cancel = (): void => call.cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      this.#pending.add(call)
    })
  }

  /** A stream of answers; without a deadline, unless one is told. */
  subscribe<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
    { timeoutMs }: { timeoutMs?: number } = {},
  ): ClientReadableStream<Response> {
    return this.#client.makeServerStreamRequest(
      method.path,
      method.request.encode,
      method.response.decode,
      request,
      this.#metadata({}),
      timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs },
    )
  }

  /** A stream either way. */
  open<Request, Response>(
    method: Method<Request, Response>,
    options: CallOptions,
  ): ClientDuplexStream<Partial<Request>, Response> {
    const deadline = { deadline: Date.now() + (options.timeoutMs ?? 30_000) }
    return this.#client.makeBidiStreamRequest(
      method.path,
      method.request.encode,
      method.response.decode,
      this.#metadata(options),
      deadline,
    )
  }

  /** Of a failed call or stream. */
  errorOf(path: string, error: ServiceError): ApiError {
    const operation = path.slice(path.lastIndexOf('.', path.lastIndexOf('/')) + 1)
    const details = error.details || error.message
    if (this.#outage !== undefined) return errors.unavailable(this.#outage)
    if (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED)
      return errors.unavailable(`containerd on ${this.#address} does not answer ${operation}: ${details}`)
    return new ContainerdError(operation, error.code, details)
  }

  close(): void {
    this.#client.close()
  }

  #metadata(options: CallOptions): Metadata {
    // A containerd that comes back within the deadline is only slow.
    const metadata = new Metadata({ waitForReady: true })
    metadata.set('containerd-namespace', this.#namespace)
    if (options.lease !== undefined) metadata.set('containerd-lease', options.lease)
    return metadata
  }
}
