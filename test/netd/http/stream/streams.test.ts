/** Connections that become streams, with clients that do not do as one would like. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../../support/host.ts'

let host: HermeticHost
let pid: number

beforeAll(async () => {
  host = await startHost()
  pid = await host.netdPid()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['run', '-d', '--name', 'target', '--network', 'none', 'trestle/toolbox', 'sleep', '600'])
})
afterAll(async () => {
  // Whatever a client did, the daemon is the one that was started.
  expect(await host.netdPid()).toBe(pid)
  await host[Symbol.asyncDispose]()
})

/** The docker CLI with more on its standard input than a pipe holds and a process that ends without reading it. */
async function flooded(args: string[]): Promise<{ exitCode: number; stderr: string }> {
  const cli = spawn('docker', ['-H', `unix://${host.socket}`, ...args], {
    env: { ...process.env, DOCKER_CONFIG: `${host.root}/docker-config` },
  })
  cli.stdin.on('error', () => {})
  cli.stdin.end(Buffer.alloc(30_000_000, 'yes\n'))
  const stderr = text(cli.stderr)
  cli.stdout.resume()
  const [exitCode] = (await once(cli, 'exit')) as [number]
  cli.stdin.destroy()
  return { exitCode, stderr: await stderr }
}

test('input that nobody reads is dropped: the exit code arrives, and no client sees a reset', async () => {
  const script = ['sh', '-c', 'read x; exit 7']
  const run = ['run', '-i', '--rm', '--network', 'none', 'trestle/toolbox', ...script]
  for (let round = 0; round < 3; round += 1) {
    expect(await flooded(run)).toEqual({ exitCode: 7, stderr: '' })
    expect(await flooded(['exec', '-i', 'target', ...script])).toEqual({ exitCode: 7, stderr: '' })
  }
  await host.docker(['create', '-i', '--name', 'once', '--network', 'none', 'trestle/toolbox', ...script])
  expect(await flooded(['start', '-ai', 'once'])).toEqual({ exitCode: 7, stderr: '' })
})

test('a process that closes its input goes on, and so does its output', async () => {
  const script = 'exec <&-; for i in 1 2 3; do echo $i; sleep 0.1; done; exit 7'
  expect(await flooded(['run', '-i', '--rm', '--network', 'none', 'trestle/toolbox', 'sh', '-c', script])).toEqual({
    exitCode: 7,
    stderr: '',
  })
})

async function request(head: string): Promise<Socket> {
  const socket = connect({ path: host.socket, allowHalfOpen: true })
  await once(socket, 'connect')
  socket.write(head)
  return socket
}

test.each([
  ['a path that is no URL', 'POST /containers/%zz/attach', 400, 'the path is not a valid URL'],
  ['a version from the future', 'POST /v9.99/containers/x/attach', 400, 'too new'],
  ['a page that is not there', 'POST /nope', 404, 'page not found'],
  ['nobody', 'POST /containers/nobody/attach', 404, 'No such container: nobody'],
])('an upgrade of %s is answered as any other request', async (_what, line, status, message) => {
  const socket = await request(`${line} HTTP/1.1\r\nHost: netd\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`)
  const answer = await text(socket)
  expect(answer).toContain(`HTTP/1.1 ${status} `)
  expect(answer).toContain(message)
})

test('a request that need not upgrade is answered all the same, its body read', async () => {
  const body = '{"Cmd":["true"]}'
  const socket = await request(
    `POST /containers/target/exec HTTP/1.1\r\nHost: netd\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 201 Created\r\n[^]*Connection: close\r\n[^]*"Id":"[0-9a-f]{64}"/i)
})

test.each([
  ['while it is being started', 'UPGRADED'],
  ['while it is quiet', 'up'],
])('an exec whose client leaves %s does not block on its output', async (_when, heard) => {
  const script = 'echo up; until [ -e /tmp/go ]; do sleep 0.05; done; head -c 1000000 /dev/zero; exit 3'
  const asked = { AttachStdout: true, AttachStderr: true, Cmd: ['sh', '-c', script] }
  const { Id } = (await host.http('POST', '/containers/target/exec', asked)).body
  const client = await request(
    `POST /exec/${Id}/start HTTP/1.1\r\nHost: netd\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  )
  for await (const chunk of client) if (String(chunk).includes(heard)) break
  await host.docker(['exec', 'target', 'touch', '/tmp/go'])
  const state = async () => (await host.http('GET', `/exec/${Id}/json`)).body
  await eventually(async () => expect(await state()).toMatchObject({ Running: false, ExitCode: 3 }))
  await host.docker(['exec', 'target', 'rm', '/tmp/go'])
})

test('events go on for the others when one that reads nothing has reached its `until`', async () => {
  // More than a socket holds, so that the answer cannot end before it is read.
  const Labels = { padding: 'x'.repeat(100_000) }
  const HostConfig = { NetworkMode: 'none' }
  await host.http('POST', '/containers/create?name=padded0', { Image: 'trestle/toolbox', Labels, HostConfig })
  for (let index = 0; index < 10; index += 1)
    await host.http('POST', `/containers/padded${index}/rename?name=padded${index + 1}`)
  const until = Date.now() / 1000 + 0.5
  const slow = await request(`GET /events?since=1&until=${until} HTTP/1.1\r\nHost: netd\r\nConnection: close\r\n\r\n`)
  slow.pause()
  await eventually(() => expect(Date.now() / 1000).toBeGreaterThan(until))
  await host.http('POST', '/volumes/create', { Name: 'after' })
  const answer = await text(slow.resume())
  expect(answer.length).toBeGreaterThan(1_000_000)
  expect(answer).toMatch(/\r\n0\r\n\r\n$/)
  expect(answer).not.toContain('"ID":"after"')
})

test('what a --rm container wrote is whole for a client that reads it after the container has gone', async () => {
  const { body } = await host.http('POST', '/containers/create', {
    Image: 'trestle/toolbox',
    Cmd: ['head', '-c', '8000000', '/dev/zero'],
    HostConfig: { NetworkMode: 'none', AutoRemove: true },
  })
  const slow = await request(
    `POST /v1.41/containers/${body.Id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: netd\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`,
  )
  slow.pause()
  expect((await host.http('POST', `/containers/${body.Id}/start`)).status).toBe(204)
  await eventually(async () => expect((await host.http('GET', `/containers/${body.Id}/json`)).status).toBe(404))
  expect((await text(slow.resume())).replace(/[^\0]/g, '').length).toBeGreaterThanOrEqual(8_000_000)
})

test('a thousand clients that connect at once are all answered', async () => {
  const ping = async (): Promise<string> => {
    const socket = connect(host.socket)
    socket.write('GET /_ping HTTP/1.1\r\nHost: netd\r\nConnection: close\r\n\r\n')
    return (await text(socket)).split('\r\n', 1)[0]!
  }
  const answers = await Promise.all(Array.from({ length: 1000 }, ping))
  expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200 OK']))
})
