import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import type { OutputChunk } from '../../../../netd/engine/conversation.ts'
import { sendConversation } from '../../../../netd/http/stream/answers.ts'
import { routeUpgrade, upgradeBodies } from '../../../../netd/http/stream/upgrade.ts'

test.each([
  ['upgraded', 'Connection: Upgrade\r\nUpgrade: tcp\r\n'],
  ['plain', ''],
])('a conversation that fails breaks off, whatever its client does: %s', async (_kind, upgrade) => {
  const told: string[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (sentence: string) => told.push(sentence) }
  async function* failing(): AsyncGenerator<OutputChunk> {
    yield { stream: 'stdout', data: Buffer.from('so far') }
    throw new Error('the log is gone')
  }
  const app = fastify({ forceCloseConnections: true })
  upgradeBodies(app)
  app.decorateRequest('apiVersion', '1.47')
  app.post('/attach', (request, reply) => {
    const ends = { detachKeys: Buffer.of(), detached() {}, close() {} }
    return sendConversation({ log }, request, reply, { isTty: true, output: failing(), input: undefined, ...ends })
  })
  await app.ready()
  const route: RequestListener = (request, response) => app.routing(request, response)
  const server = createServer(route)
  server.on('upgrade', (request, socket, head) => routeUpgrade(route, request, socket, head))
  await once(server.listen(0, '127.0.0.1'), 'listening')

  const connection = once(server, 'connection')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  client.resume().on('error', () => {})
  client.write(`POST /attach HTTP/1.1\r\nHost: netd\r\n${upgrade}Content-Length: 0\r\n\r\n`)
  const [served] = (await connection) as [Socket]
  if (!served.destroyed) await once(served, 'close')
  expect(told).toEqual(['POST /attach broke off: the log is gone'])
  client.destroy()
  server.close()
})
