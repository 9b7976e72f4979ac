/** The graph over HTTP: a snapshot as JSON, and a stream of server-sent events. */
import fastify, { type FastifyInstance } from 'fastify'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readServerSentEvents } from '../../../api/client/lines.ts'
import type { Graph, GraphDelta, GraphEvent } from '../../../api/trestle/graph.ts'
import { graphRoutes } from '../../../netd/http/graph.ts'
import { openKernel } from '../../../netd/kernel/client.ts'
import type { Kernel } from '../../../netd/kernel/kernel.ts'
import { openWorld, type World } from '../engine/graph/world.ts'

let kernel: Kernel

beforeAll(async () => {
  kernel = await openKernel()
})

afterAll(async () => {
  await kernel.close()
})

async function serve(world: World): Promise<{ app: FastifyInstance; port: number }> {
  const app = fastify()
  graphRoutes(app, world.engine)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, port: (app.server.address() as AddressInfo).port }
}

function get(port: number, path: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request({ host: '127.0.0.1', port, path, agent: false }, resolve).once('error', reject).end()
  return promise
}

test('a snapshot, then a delta for each change, until the client leaves', async () => {
  await using world = await openWorld(kernel, ['red'])
  const { app, port } = await serve(world)
  const response = await get(port, '/trestle/v1/graph/events')
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream'])
  const events = readServerSentEvents(response)
  const next = async (): Promise<GraphEvent> => {
    const { value } = await events.next()
    const event = JSON.parse(value!.data) as GraphEvent
    expect(value!.event).toBe(event.type)
    return event
  }

  const first = await next()
  expect(first).toEqual({
    type: 'snapshot',
    graph: (await (await fetch(`http://127.0.0.1:${port}/trestle/v1/graph`)).json()) as Graph,
  })
  await world.ip('red', 'link', 'set', 'lo', 'mtu', '1234')
  const delta = (await next()) as GraphDelta
  expect(delta.namespaces.changed.map(({ id, interfaces }) => [id, interfaces[0]!.mtu])).toEqual([['red', 1234]])
  expect(delta).not.toHaveProperty('ports')
  response.destroy()
  await app.close()
})

test('the server does not wait for listeners when it closes: their streams end', async () => {
  await using world = await openWorld(kernel, [])
  const { app, port } = await serve(world)
  const response = await get(port, '/trestle/v1/graph/events')
  const ended = new Promise((resolve) => response.resume().once('end', resolve))
  await app.close()
  await ended
  expect(response.complete).toBe(true)
})

test('a host that cannot be read is an error, not an empty picture', async () => {
  await using world = await openWorld(kernel, [])
  const broken = { ...world.engine, host: '/nowhere' }
  const app = fastify()
  graphRoutes(app, broken)
  for (const url of ['/trestle/v1/graph', '/trestle/v1/graph/events'])
    expect((await app.inject({ url })).statusCode).toBe(500)
  await app.close()
})
