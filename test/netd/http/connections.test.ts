/** No connection outlives its client, however that one leaves, and whatever it was for. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'
import { run } from '../../support/run.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  // They say nothing, and so never learn that nobody listens.
  for (const [name, ...flags] of [['silent'], ['reader', '-i']])
    await host.docker(`run -d --name ${name} --network none ${flags.join(' ')} trestle/toolbox sleep 600`.split(/\s+/))
})
afterAll(() => host[Symbol.asyncDispose]())

const head = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: netd', 'Content-Type: application/json', ...headers, '', ''].join('\r\n')
const upgrade = ['Connection: Upgrade', 'Upgrade: tcp']
const ignored = ['Connection: Upgrade', 'Upgrade: h2c']

/** By what the request is for. Who closes their side is told the end of all but conversations, which they may go on listening to. */
const requests: Record<string, () => Promise<string> | string> = {
  'nothing yet': () => 'GET /inf',
  ordinary: () => head('GET /info'),
  'without the rest of its body': () => `${head('POST /volumes/create', 'Content-Length: 9')}{}`,
  'without its last chunk': () => `${head('POST /volumes/create', 'Transfer-Encoding: chunked')}2\r\n{}\r\n`,
  'without the rest, for an upgrade that is ignored': () =>
    `${head('POST /volumes/create', ...ignored, 'Content-Length: 9')}{}`,
  'in bad chunks, for an upgrade that is ignored': () =>
    `${head('POST /volumes/create', ...ignored, 'Transfer-Encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n`,
  'without the rest, for an upgrade': () =>
    `${head('POST /containers/silent/attach', ...upgrade, 'Content-Length: 9')}{}`,
  'for an upgrade that is refused': () => head('POST /containers/nobody/attach', ...upgrade),
  events: () => head('GET /events'),
  'graph events': () => head('GET /trestle/v1/graph/events'),
  logs: () => head('GET /containers/silent/logs?follow=1&stdout=1'),
  wait: () => head('POST /containers/silent/wait'),
  'conversation: without an upgrade': () => head('POST /containers/silent/attach?stream=1&stdout=1'),
  'conversation: output': () => head('POST /containers/silent/attach?stream=1&stdout=1', ...upgrade),
  'attach, to share its input': () => head('POST /containers/reader/attach?stream=1&stdin=1&stdout=1', ...upgrade),
  'conversation: exec': async () => {
    const config = { Cmd: ['sleep', '600'], AttachStdin: true, AttachStdout: true }
    const { body } = await host.http('POST', '/containers/silent/exec', config)
    return `${head(`POST /exec/${body.Id}/start`, ...upgrade, 'Content-Length: 2')}{}`
  },
}

const leaves: Record<string, (socket: Socket) => unknown> = {
  'closes its side': (socket) => socket.end(),
  'closes its side, and goes': (socket) => socket.end(() => socket.destroy()),
  goes: (socket) => socket.destroy(),
}

/** netd's ends: they have the name of the socket, though their clients have gone, and are in the clients' namespace. */
async function connections(): Promise<string[]> {
  const { stdout } = await run(['ss', '-Hxa'])
  return stdout.split('\n').filter((line) => line.includes(`${host.socket} `) && !line.includes('LISTEN'))
}

/** With all read that has come, or with something unread, which resets the connection (unix(7)). */
async function open(request: string, isDeaf: boolean): Promise<Socket> {
  const socket = connect({ path: host.socket, allowHalfOpen: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (isDeaf) socket.pause()
  else socket.resume()
  socket.write(request)
  return socket
}

test.each(Object.keys(requests))('%s', async (kind) => {
  const listening: Socket[] = []
  for (const [manner, leave] of Object.entries(leaves)) {
    for (const isDeaf of [false, true]) {
      for (let count = 0; count < 5; count++) {
        const socket = await open(await requests[kind]!(), isDeaf)
        if (manner === 'closes its side') listening.push(socket)
        await host.http('GET', '/_ping')
        leave(socket)
      }
    }
  }
  const held = kind.startsWith('conversation') ? listening.length : 0
  await eventually(async () => expect((await connections()).length).toBe(held), { timeoutMs: 15_000 })
  for (const socket of listening) socket.destroy()
  await eventually(async () => expect(await connections()).toEqual([]), { timeoutMs: 15_000 })
})
