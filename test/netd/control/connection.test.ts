import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { Connection } from '../../../netd/control/connection.ts'

it('that is torn while its end is asked for fails once, where it is awaited', async () => {
  const folder = await mkdtemp(`${tmpdir()}/trestle-connection-`)
  const server = createServer({ pauseOnConnect: true }).listen(`${folder}/socket`)
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const log = { debug: () => {}, warn: () => {}, error: () => {} }
  const connection = (await Connection.open(`${folder}/socket`, log))!
  const [socket] = await accepted
  const ended = connection.end()
  // With the request unread that is ECONNRESET to the other end, unix(7).
  socket.destroy()
  await expect(ended).rejects.toThrow('the data plane ended before it answered')
  server.close()
  await rm(folder, { recursive: true })
})
