/** HTTP to the daemon over a unix socket or TCP: JSON in and out, byte streams, and hijacked connections. */
import type { IncomingMessage, RequestOptions } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import type { ErrorResponse } from '../docker/common.ts'
import { defaultHost, parseAddress, type Address, type TlsFiles } from './address.ts'
import { RemoteError, UnreachableError } from './errors.ts'

export type Query = Record<string, string | number | boolean | string[] | undefined>

export interface RequestBody {
  json?: unknown
  /** Sent chunked, as `application/x-tar`. */
  tar?: Readable
}

export interface CallOptions extends RequestBody {
  query?: Query
  signal?: AbortSignal | undefined
}

export class Transport {
  readonly host: string
  readonly #address: Address
  readonly #tls: TlsFiles | undefined

  constructor(host: string = defaultHost, tls?: TlsFiles) {
    this.host = host
    this.#address = parseAddress(host)
    this.#tls = tls
  }

  /** The answer's JSON; `undefined` for an empty answer. */
  async json<Answer>(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return this.read(await this.stream(method, path, options))
  }

  /** The whole of an answer that `stream` gave, as JSON. */
  async read<Answer>(response: IncomingMessage): Promise<Answer> {
    const text = await this.#text(response)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }

  /** For calls whose answer says nothing beyond its status. */
  async send(method: string, path: string, options: CallOptions = {}): Promise<void> {
    await this.#text(await this.stream(method, path, options))
  }

  /** The answer's body as it arrives. Errors while it is read come out of the stream. */
  async stream(method: string, path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    const { response } = await this.#open(method, path, options, false)
    const { signal } = options
    if (signal !== undefined) {
      // Without this the reader would see a reset connection in place of its own abort.
      const abort = () => response.destroy(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
      response.once('close', () => signal.removeEventListener('abort', abort))
    }
    return response
  }

  /**
   * The connection itself, after the daemon has switched it over (101 UPGRADED): what is written goes to the process's
   * standard input, ending it closes that input, and what is read is its output.
   * https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach
   */
  async hijack(method: string, path: string, options: CallOptions = {}): Promise<Duplex> {
    const { response, socket } = await this.#open(method, path, options, true)
    if (socket === undefined) {
      response.destroy()
      throw new RemoteError(
        response.statusCode ?? 0,
        `netd at ${this.host} did not hand over the connection for ${method} ${path}`,
      )
    }
    return socket
  }

  async #open(
    method: string,
    path: string,
    options: CallOptions,
    isHijack: boolean,
  ): Promise<{ response: IncomingMessage; socket?: Duplex }> {
    const body = options.json === undefined ? undefined : Buffer.from(JSON.stringify(options.json))
    const headers: Record<string, string | number> = this.#address.kind === 'unix' ? { Host: 'netd' } : {}
    if (body !== undefined)
      Object.assign(headers, { 'Content-Type': 'application/json', 'Content-Length': body.length })
    if (options.tar !== undefined) headers['Content-Type'] = 'application/x-tar'
    if (isHijack) Object.assign(headers, { Connection: 'Upgrade', Upgrade: 'tcp' })

    const { promise, resolve, reject } = Promise.withResolvers<{ response: IncomingMessage; socket?: Duplex }>()
    const request = this.#request()({
      ...this.#target(),
      method,
      path: path + queryString(options.query),
      headers,
      signal: options.signal,
    })
    // Both ways stay open to errors: a tar that cannot be read ends the request, and the request's end stops the reading.
    options.tar?.once('error', (error) => request.destroy(error))
    request.once('error', (error) => {
      options.tar?.destroy()
      const isOurs = options.signal?.aborted === true || options.tar?.errored === error
      reject(isOurs ? error : new UnreachableError(this.host, error))
    })
    request.once('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve({ response, socket })
    })
    request.once('response', (response) => resolve({ response }))
    if (options.tar === undefined) request.end(body)
    else options.tar.pipe(request)

    const answer = await promise
    const status = answer.response.statusCode ?? 0
    if (status >= 400) throw new RemoteError(status, sentence(status, await this.#text(answer.response)))
    return answer
  }

  /** `import` of node:http would evaluate its lazy getters (undici for WebSocket): 30 ms of start-up, all of it for nothing. */
  #request(): typeof import('node:http').request {
    const isTls = this.#address.kind === 'tcp' && (this.#address.isTls || this.#tls !== undefined)
    return process.getBuiltinModule(isTls ? 'node:https' : 'node:http').request
  }

  #target(): RequestOptions {
    // One connection per request: on a unix socket that is cheaper than the races of keeping one alive.
    // The empty name is for TLS, which is not spoken here: without it Node looks for one and compiles its IPv6 pattern, 4 ms.
    if (this.#address.kind === 'unix')
      return { socketPath: this.#address.path, agent: false, servername: '' } as RequestOptions
    const { host, port } = this.#address
    if (this.#tls === undefined) return { host, port, agent: false }
    const { isVerify, ...files } = this.#tls
    return { host, port, agent: false, ...files, rejectUnauthorized: isVerify } as RequestOptions
  }

  async #text(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of response) chunks.push(chunk as Buffer)
    } catch (error) {
      const isCut = (error as NodeJS.ErrnoException).code === 'ECONNRESET'
      throw isCut ? new UnreachableError(this.host, error as NodeJS.ErrnoException) : error
    }
    return Buffer.concat(chunks).toString()
  }
}

/** `undefined` is left out; a list repeats its key, as Go's url.Values does. */
function queryString(query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(key, String(one))
  }
  return search.size === 0 ? '' : `?${search.toString()}`
}

/** Docker's errors are `{"message": "…"}`; a proxy between us may answer anything. */
function sentence(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as ErrorResponse
    if (typeof message === 'string' && message !== '') return message.trim()
  } catch {
    // Not JSON: the text itself is the best there is.
  }
  return text.trim() || `the daemon answered with HTTP status ${status}`
}
