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
import type { Method } from './api/method.ts'

/** What containerd answered, with the operation in front: `containerd: Tasks/Kill: process already finished`. */
export class ContainerdError extends Error {
  override readonly name = 'ContainerdError'
  readonly code: status
  /** containerd's own sentence. */
  readonly details: string

  constructor(operation: string, code: status, details: string) {
    super(`containerd: ${operation}: ${details}`)
    this.code = code
    this.details = details
  }

  static from(path: string, error: ServiceError): ContainerdError {
    return new ContainerdError(
      path.slice(path.lastIndexOf('.', path.lastIndexOf('/')) + 1),
      error.code,
      error.details || error.message,
    )
  }
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof ContainerdError && error.code === status.NOT_FOUND
export const isAlreadyThere = (error: unknown): boolean =>
  error instanceof ContainerdError && error.code === status.ALREADY_EXISTS

/** For `.catch`: what is to go is gone already. */
export function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}

export interface CallOptions {
  /** 30 s unless told. */
  timeoutMs?: number
  /** Id of the lease that what is made belongs to. */
  lease?: string
}

export class Connection {
  readonly #client: Client
  readonly #namespace: string

  constructor(address: string, namespace: string) {
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
  async ready(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => (error ? reject(error) : resolve()))
    })
  }

  call<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
    options: CallOptions = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.request.encode,
        method.response.decode,
        request,
        this.#metadata(options),
        { deadline: Date.now() + (options.timeoutMs ?? 30_000) },
        (error, response) => (error ? reject(ContainerdError.from(method.path, error)) : resolve(response as Response)),
      )
    })
  }

  /** A stream of answers, without a deadline. */
  subscribe<Request, Response>(
    method: Method<Request, Response>,
    request: Partial<Request>,
  ): ClientReadableStream<Response> {
    return this.#client.makeServerStreamRequest(
      method.path,
      method.request.encode,
      method.response.decode,
      request,
      this.#metadata({}),
      {},
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
