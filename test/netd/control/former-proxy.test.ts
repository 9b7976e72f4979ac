/** The proxy of a netd before the data plane is asked to end, and waited for. */
import { existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endFormerProxy } from '../../../netd/control/former-proxy.ts'

test('one that runs, one that is dead, none', async () => {
  const folder = await mkdtemp(`${tmpdir()}/trestle-proxy-`)
  const path = `${folder}/proxy.sock`
  let heard = ''
  const server = createServer((client) =>
    client.on('data', (bytes) => {
      heard += String(bytes)
      client.end(`${JSON.stringify({ id: 0, result: null })}\n`)
      server.close()
    }),
  ).listen(path)
  await once(server, 'listening')
  await endFormerProxy(path)
  expect(JSON.parse(heard)).toEqual({ id: 0, do: 'shutdown' })

  writeFileSync(path, '')
  await endFormerProxy(path)
  expect(existsSync(path)).toBe(false)
  await endFormerProxy(path)
  await rm(folder, { recursive: true })
})
