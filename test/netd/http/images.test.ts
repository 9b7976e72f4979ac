/** Images over HTTP: progress as Docker's JSON lines, and a containerd that is away. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

let host: HermeticHost
beforeAll(async () => {
  host = await startHost()
})
afterAll(() => host[Symbol.asyncDispose]())

test('a load tells of its layers when it is asked to, and of what came in', async () => {
  const archive = await readFile(`${projectRoot}dist/toolbox.tar`)
  const type = { 'content-type': 'application/x-tar' }
  const { body, status } = await host.http('POST', '/images/load?quiet=0', archive, type)
  expect(status).toBe(200)
  const layers = (body as object[]).slice(0, -1)
  expect(layers.length).toBeGreaterThanOrEqual(2)
  for (const line of layers)
    expect(line).toEqual({
      status: 'Loading layer',
      id: expect.stringMatching(/^[a-f0-9]{12}$/),
      progressDetail: { current: expect.any(Number), total: expect.any(Number) },
    })
  expect(body.at(-1)).toEqual({ stream: 'Loaded image: trestle/toolbox:latest\n' })
  const again = await host.http('POST', '/images/load', archive, type)
  expect(again.body).toEqual({ stream: 'Loaded image: trestle/toolbox:latest\n' })
})

test('a pull of what is there is done, of anything else 501; a root file system that is none is 400', async () => {
  const pull = (name: string) => host.http('POST', `/images/create?fromImage=${name}`)
  expect((await pull('trestle/toolbox')).body).toEqual({
    status: 'Status: Image is up to date for trestle/toolbox',
  })
  expect(await pull('alpine')).toMatchObject({
    status: 501,
    body: { message: expect.stringMatching(/^cannot pull alpine: netd has no registry client yet/) },
  })
  const type = { 'content-type': 'application/x-tar' }
  expect(await host.http('POST', '/images/create?fromSrc=-', Buffer.from('none'.repeat(500)), type)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/^cannot unpack the layer/) },
  })
})

test('without containerd everything says so with 503, and works again once it can be started', async () => {
  await host.docker(['run', '-d', '--name', 'goes-on', 'trestle/toolbox', 'sleep', '600'])
  const { stdout: program } = await host.run(['sh', '-c', 'readlink -f "$(command -v containerd)"'])
  await host.run(['mount', '--bind', '/dev/null', program.trim()])
  await host.run(['sh', '-c', 'kill -9 $(pidof containerd)'])
  const answer = { status: 503, body: { message: expect.stringContaining('containerd') } }
  await eventually(async () => expect(await host.http('GET', '/images/json')).toMatchObject(answer))
  expect(await host.http('POST', '/images/create?fromImage=alpine')).toMatchObject(answer)
  expect(await host.http('POST', '/containers/create', { Image: 'trestle/toolbox' })).toMatchObject(answer)
  expect((await host.http('GET', '/version')).status).toBe(200)
  await host.run(['umount', program.trim()])
  await eventually(async () => expect((await host.http('GET', '/images/json')).status).toBe(200))
  expect((await host.docker(['exec', 'goes-on', 'echo', 'here'])).stdout).toBe('here\n')
  expect((await host.docker(['run', '--rm', 'trestle/toolbox', 'echo', 'again'])).stdout).toBe('again\n')
})
