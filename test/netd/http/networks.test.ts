/** GET /networks and POST /networks/prune: what the filters choose, and the shape of what comes back. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openServer } from '../../../netd/http/server.ts'
import { openLaboratory, type Laboratory } from '../engine/engine-in.ts'

let lab: Laboratory
let app: FastifyInstance

beforeAll(async () => {
  lab = await openLaboratory()
  app = await openServer(lab.engine)
})
afterAll(async () => {
  await app.close()
  await lab[Symbol.asyncDispose]()
})

type Method = 'GET' | 'POST' | 'DELETE'

async function call(method: Method, url: string, payload?: object): Promise<{ status: number; body: any }> {
  const response = await app.inject({ method, url: `/v1.47${url}`, ...(payload === undefined ? {} : { payload }) })
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
}

const filtered = (path: string, filters: Record<string, string[]>): string =>
  `${path}?filters=${encodeURIComponent(JSON.stringify(filters))}`
const list = async (filters: Record<string, string[]>): Promise<string[]> =>
  ((await call('GET', filtered('/networks', filters))).body as { Name: string }[]).map(({ Name }) => Name).toSorted()

beforeEach(async () => {
  await call('POST', '/networks/prune')
  for (const [Name, Labels] of [
    ['front', { tier: 'web', env: 'test' }],
    ['back', { tier: 'db' }],
    ['backup', {}],
  ] as const)
    await call('POST', '/networks/create', { Name, Labels })
})

describe('GET /networks', () => {
  test('gives each as its inspection does, without its containers', async () => {
    const { body } = await call('GET', filtered('/networks', { name: ['front'] }))
    const { body: inspection } = await call('GET', '/networks/front')
    expect(body).toEqual([inspection])
    expect(inspection).toMatchObject({
      Name: 'front',
      Scope: 'local',
      Driver: 'bridge',
      EnableIPv6: false,
      Internal: false,
      Labels: { tier: 'web', env: 'test' },
      Containers: {},
      IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: expect.any(String), Gateway: expect.any(String) }] },
    })
  })

  test.each<[string, Record<string, string[]>, string[]]>([
    ['name, in part', { name: ['back'] }, ['back', 'backup']],
    ['name, whole', { name: ['^back$'] }, ['back']],
    ['either name', { name: ['front', 'backup'] }, ['backup', 'front']],
    ['driver', { driver: ['null'] }, ['none']],
    ['scope', { scope: ['swarm'] }, []],
    ['type builtin', { type: ['builtin'] }, ['bridge', 'host', 'none']],
    ['type custom', { type: ['custom'] }, ['back', 'backup', 'front']],
    ['a label', { label: ['tier'] }, ['back', 'front']],
    ['every label', { label: ['tier', 'env=test'] }, ['front']],
    ['a label of another value', { label: ['tier=cache'] }, []],
    ['dangling', { dangling: ['true'] }, ['back', 'backup', 'front']],
    ['not dangling', { dangling: ['0'] }, ['bridge', 'host', 'none']],
    ['two together', { name: ['back'], label: ['tier=db'] }, ['back']],
  ])('by %s', async (_title, filters, names) => expect(await list(filters)).toEqual(names))

  test('by id, in part', async () => {
    const { body } = await call('GET', '/networks/front')
    expect(await list({ id: [body.Id.slice(0, 12)] })).toEqual(['front'])
  })

  test('one that a running container is on does not dangle', async () => {
    const { id } = lab.engine.store.networks.find(({ name }) => name === 'back')!
    const container = await lab.start(lab.container('web', { [id]: {} }))
    expect(await list({ dangling: ['true'] })).toEqual(['backup', 'front'])
    const { body } = await call('GET', '/networks/back')
    expect(body.Containers[container.id]).toMatchObject({
      Name: 'web',
      IPv4Address: container.endpoints[id]!.lease!.ipv4,
      IPv6Address: '',
    })
    expect((await call('POST', '/networks/prune')).body.NetworksDeleted.toSorted()).toEqual(['backup', 'front'])
    expect((await call('DELETE', '/networks/back')).status).toBe(403)
    await lab.stop(container)
  })

  test.each<[Record<string, string[]>, RegExp]>([
    [{ name: ['('] }, /^Invalid filter 'name=\(': not a regular expression/],
    [{ colour: ['red'] }, /^Invalid filter 'colour'/i],
    [{ type: ['other'] }, /invalid filter: 'type'='other'/],
    [{ dangling: ['perhaps'] }, /must be "true" \(or "1"\), or "false" \(or "0"\)/],
  ])('%j is refused', async (filters, message) => {
    const { status, body } = await call('GET', filtered('/networks', filters))
    expect(status).toBe(400)
    expect(body.message).toMatch(message)
  })
})

describe('POST /networks/prune', () => {
  const prune = async (filters: Record<string, string[]>): Promise<string[] | null> =>
    (
      (await call('POST', filtered('/networks/prune', filters))).body as { NetworksDeleted: string[] | null }
    ).NetworksDeleted?.toSorted() ?? null

  test('takes every network that nobody is on, and says null when there was none', async () => {
    expect(await prune({})).toEqual(['back', 'backup', 'front'])
    expect(await prune({})).toBeNull()
    expect(await list({})).toEqual(['bridge', 'host', 'none'])
    expect(
      (await lab.host.json<{ ifname: string }[]>(['ip', '-j', 'link', 'show', 'type', 'bridge'])).map(
        ({ ifname }) => ifname,
      ),
    ).toEqual(['docker0'])
  })

  test.each<[string, Record<string, string[]>, string[] | null]>([
    ['with a label', { label: ['tier=db'] }, ['back']],
    ['without a label', { 'label!': ['tier'] }, ['backup']],
    ['older than an hour', { until: ['1h'] }, null],
    ['until now', { until: ['0s'] }, ['back', 'backup', 'front']],
  ])('%s', async (_title, filters, names) => expect(await prune(filters)).toEqual(names))

  test('a filter that it does not have is refused', async () => {
    expect(await call('POST', filtered('/networks/prune', { name: ['front'] }))).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/invalid filter/i) },
    })
    expect(await list({ type: ['custom'] })).toEqual(['back', 'backup', 'front'])
  })
})
