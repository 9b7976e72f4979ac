/** Who the page's server lets in, and what it never does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import type { Graph, GraphEvent } from '../../../api/trestle/graph.ts'
import { run } from '../../support/run.ts'
import { servePage, type GraphSource, type PageServer } from '../../../lab/web/server.ts'

const graph: Graph = { namespaces: [], networks: [], ports: [] }

/** A daemon that is there until it is told to go away. */
class Source implements GraphSource {
  readonly changes: GraphEvent[] = [{ type: 'snapshot', graph }]
  isAway = false
  listeners = 0

  async read(): Promise<Graph> {
    if (this.isAway) throw new Error('cannot reach netd at unix:///nowhere: is it running?')
    return graph
  }

  async *events(signal?: AbortSignal): AsyncGenerator<GraphEvent> {
    await this.read()
    this.listeners += 1
    try {
      yield* this.changes
      await new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)))
    } finally {
      this.listeners -= 1
    }
  }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

function send(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.once('end', () =>
      resolve({ status: incoming.statusCode!, headers: incoming.headers, text: Buffer.concat(chunks).toString() }),
    )
  })
  outgoing.once('error', reject)
  outgoing.end()
  return promise
}

let folder: string
let source: Source
let page: PageServer

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/trestle-page-`)
  await writeFile(`${folder}/index.html`, '<!doctype html><title>the page</title>')
})

afterAll(() => rm(folder, { recursive: true }))

beforeEach(async () => {
  source = new Source()
  page = await servePage({ source, folder, port: 0 })
})

afterEach(() => page[Symbol.asyncDispose]())

async function login(): Promise<string> {
  const { headers } = await send(page.port, new URL(page.url).pathname + new URL(page.url).search)
  return headers['set-cookie']![0]!.split(';')[0]!
}

describe('the token', () => {
  test('is exchanged for a cookie that no script and no other site can use, and leaves the address bar', async () => {
    const { pathname, search } = new URL(page.url)
    const answer = await send(page.port, pathname + search)
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/')
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^trestle-graph-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect(
      (await send(page.port, '/', { headers: { cookie: answer.headers['set-cookie']![0]!.split(';')[0]! } })).text,
    ).toContain('the page')
  })

  test('is spent by its first use', async () => {
    await login()
    const again = await send(page.port, `/${new URL(page.url).search}`)
    expect(again.status).toBe(403)
    expect(again.text).toBe('This token has been used; run `trestle graph` again for another one.\n')
    expect(again.headers).not.toHaveProperty('set-cookie')
  })

  test('is not spent by a wrong one, nor by who only looks', async () => {
    expect((await send(page.port, '/?token=guess')).status).toBe(403)
    expect((await send(page.port, `/${new URL(page.url).search}`, { method: 'HEAD' })).status).toBe(403)
    expect(await login()).toMatch(/^trestle-graph-/)
  })

  test('brought again by the browser that spent it only leads to the page', async () => {
    const cookie = await login()
    const again = await send(page.port, `/${new URL(page.url).search}`, { headers: { cookie } })
    expect([again.status, again.headers.location]).toEqual([303, '/'])
  })

  test('differs from server to server, as the cookie does', async () => {
    await using other = await servePage({ source, folder, port: 0 })
    expect(new URL(other.url).search).not.toBe(new URL(page.url).search)
    const cookie = await login()
    expect((await send(other.port, '/', { headers: { cookie } })).status).toBe(403)
  })
})

describe('without the cookie', () => {
  test.each(['/', '/index.html', '/trestle/v1/graph', '/trestle/v1/graph/events', '/no-such-file'])(
    '%s is refused with a sentence',
    async (path) => {
      const answer = await send(page.port, path)
      expect(answer.status).toBe(403)
      expect(answer.text).toBe(
        'Open the URL that `trestle graph` printed: it holds a token that lets this browser in.\n',
      )
    },
  )

  test('a made-up one does not help', async () => {
    expect((await send(page.port, '/', { headers: { cookie: `trestle-graph-${page.port}=made-up` } })).status).toBe(403)
  })
})

test.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', '127.0.0.1.evil.example'])(
  'the Host %s is refused even with the cookie (DNS rebinding)',
  async (host) => {
    const cookie = await login()
    const answer = await send(page.port, '/trestle/v1/graph', { headers: { cookie, host } })
    expect(answer.status).toBe(403)
    expect(answer.text).not.toContain('namespaces')
  },
)

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is not a method of the page', async (method) => {
  const answer = await send(page.port, '/', { method, headers: { cookie: await login() } })
  expect(answer.status).toBe(405)
  expect(answer.headers['allow']).toBe('GET, HEAD')
})

test.each([
  '/../server.ts',
  '/..%2f..%2fetc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '//etc/passwd',
  '/.//index.html',
  '/index.html%00.js',
])('the path %s leads nowhere', async (path) => {
  const answer = await send(page.port, path, { headers: { cookie: await login() } })
  expect([400, 404]).toContain(answer.status)
  expect(answer.text).not.toContain('root:')
})

test('a request that is no HTTP does not end the server', async () => {
  const socket = connect(page.port, '127.0.0.1')
  socket.end('GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n')
  await new Promise((done) => socket.once('close', done).resume())
  expect((await send(page.port, '/')).status).toBe(403)
})

test('every answer forbids what the page does not need', async () => {
  const cookie = await login()
  for (const answer of [
    await send(page.port, '/'),
    await send(page.port, '/', { headers: { cookie } }),
    await send(page.port, '/trestle/v1/graph', { headers: { cookie } }),
    await send(page.port, '/', { method: 'POST' }),
  ]) {
    expect(answer.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    )
    expect(answer.headers['content-security-policy']).not.toContain('unsafe')
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  }
})

describe('the graph', () => {
  test('is passed on as JSON, and as events that begin with the snapshot and end with the client', async () => {
    const cookie = await login()
    expect(JSON.parse((await send(page.port, '/trestle/v1/graph', { headers: { cookie } })).text)).toEqual(graph)
    const outgoing = request({
      host: '127.0.0.1',
      port: page.port,
      path: '/trestle/v1/graph/events',
      headers: { cookie },
      agent: false,
    })
    const { promise: first, resolve } = Promise.withResolvers<string>()
    outgoing.once('response', (incoming) => {
      expect(incoming.headers['content-type']).toBe('text/event-stream')
      incoming.once('data', (chunk: Buffer) => resolve(chunk.toString())).once('error', () => undefined)
    })
    outgoing.once('error', () => undefined)
    outgoing.end()
    expect(await first).toBe(`event: snapshot\ndata: ${JSON.stringify({ type: 'snapshot', graph })}\n\n`)
    expect(source.listeners).toBe(1)
    outgoing.destroy()
    await expect.poll(() => source.listeners).toBe(0)
  })

  test('of a daemon that is away is an error with its sentence, also for events', async () => {
    const cookie = await login()
    source.isAway = true
    for (const path of ['/trestle/v1/graph', '/trestle/v1/graph/events']) {
      const answer = await send(page.port, path, { headers: { cookie } })
      expect([answer.status, answer.text]).toEqual([502, 'cannot reach netd at unix:///nowhere: is it running?\n'])
    }
  })
})

test('a port that is taken, and a page that is not built, are one sentence', async () => {
  await expect(servePage({ source, folder, port: page.port })).rejects.toThrow(
    `port ${page.port} of 127.0.0.1 is in use; give another one by --port, or none`,
  )
  await expect(servePage({ source, folder: `${folder}/none`, port: 0 })).rejects.toThrow('the page is not built')
})

test('only loopback is bound', async () => {
  const { stdout } = await run(['ss', '-Hltn', `sport = :${page.port}`])
  expect(stdout).toContain(`127.0.0.1:${page.port}`)
  expect(stdout.trim().split('\n')).toHaveLength(1)
})
