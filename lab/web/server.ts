/** The page's server: on loopback only, for one user. It serves the built page, and passes the graph on from the daemon. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Graph, GraphEvent } from '../../api/trestle/graph.ts'
import { loadAssets, type Asset } from './assets.ts'
import { Gate } from './gate.ts'

/** Where the graph comes from: `client.trestle.graph`. */
export interface GraphSource {
  read(): Promise<Graph>
  events(signal?: AbortSignal): AsyncIterable<GraphEvent>
}

export interface PageOptions {
  source: GraphSource
  /** Of the built page. */
  folder: string
  /** 0 for any free one. */
  port: number
}

export interface PageServer extends AsyncDisposable {
  readonly port: number
  /** With the token: good for one visit. */
  readonly url: string
}

/** Nothing inline, nothing from elsewhere. cytoscape sets styles through the CSSOM, which needs no permission. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const commonHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** A comment now and then keeps the connection known to be alive on both sides. */
const heartbeatMs = 15_000

class Page {
  readonly #assets: Map<string, Asset>
  readonly #source: GraphSource
  readonly #gate: Gate

  constructor(assets: Map<string, Asset>, source: GraphSource, gate: Gate) {
    this.#assets = assets
    this.#source = source
    this.#gate = gate
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value)
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      say(response, 405, 'Only GET and HEAD.')
      return
    }
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
    if (url === null) {
      say(response, 400, 'This is not a URL.')
      return
    }
    const verdict = this.#gate.judge(request, url)
    switch (verdict.kind) {
      case 'refuse':
        say(response, 403, verdict.sentence)
        return
      case 'welcome':
      case 'redirect':
        // To where no token is in the address bar, the history, or a screenshot.
        response
          .writeHead(303, { location: '/', ...(verdict.kind === 'welcome' ? { 'set-cookie': verdict.cookie } : {}) })
          .end()
        return
      case 'pass':
        await this.#serve(url.pathname, response)
    }
  }

  async #serve(path: string, response: ServerResponse): Promise<void> {
    if (path === '/trestle/v1/graph') {
      const graph = await this.#source.read()
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(graph))
      return
    }
    if (path === '/trestle/v1/graph/events') {
      await this.#stream(response)
      return
    }
    const asset = this.#assets.get(path)
    if (asset === undefined) say(response, 404, 'There is no such page.')
    else
      response.writeHead(200, { 'content-type': asset.type, 'content-length': asset.content.length }).end(asset.content)
  }

  async #stream(response: ServerResponse): Promise<void> {
    const left = new AbortController()
    response.once('close', () => left.abort())
    const heartbeat = setInterval(() => response.headersSent && response.write(': still here\n\n'), heartbeatMs)
    try {
      for await (const event of this.#source.events(left.signal)) {
        // Only now, so that a daemon that cannot be reached is an honest 502.
        if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      }
    } catch (error) {
      if (left.signal.aborted) return
      if (!response.headersSent) throw error
    } finally {
      clearInterval(heartbeat)
    }
    // The page reconnects, and gets a snapshot then.
    response.end()
  }
}

function say(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`)
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'EADDRINUSE'
        ? new Error(`port ${port} of 127.0.0.1 is in use; give another one by --port, or none`)
        : error,
    ),
  )
  server.listen(port, '127.0.0.1', resolve)
  await promise
  return (server.address() as AddressInfo).port
}

export async function servePage({ source, folder, port: wanted }: PageOptions): Promise<PageServer> {
  const assets = await loadAssets(folder)
  let page: Page | undefined
  const server = createServer((request, response) => {
    page!.answer(request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy()
      else say(response, 502, error.message)
    })
  })
  const port = await listen(server, wanted)
  const gate = new Gate(port)
  page = new Page(assets, source, gate)
  const { url } = gate
  return {
    port,
    url,
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      server.closeAllConnections()
      await promise
    },
  }
}
