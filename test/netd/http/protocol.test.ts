/** The HTTP side of the API, seen through raw sockets: versions, errors, limits, and connections that become streams. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { RunResult } from '../../support/run.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
})
afterAll(() => host[Symbol.asyncDispose]())

const json = { 'content-type': 'application/json' }

describe('versions', () => {
  test('a path works with any version of the window, and without one', async () => {
    for (const prefix of ['', '/v1.24', '/v1.41', '/v1.47'])
      expect((await host.http('GET', `${prefix}/_ping`)).text).toBe('OK')
  })

  test.each([
    ['1.99', 'client version 1.99 is too new. Maximum supported API version is 1.47'],
    [
      '1.10',
      'client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    ],
  ])('version %s is refused in the words of dockerd', async (version, message) => {
    expect(await host.http('GET', `/v${version}/info`)).toMatchObject({ status: 400, body: { message } })
  })

  test('every answer tells the version and the system', async () => {
    for (const path of ['/_ping', '/no/such/page']) {
      expect((await host.http('GET', path)).headers).toMatchObject({
        'api-version': '1.47',
        'docker-experimental': 'false',
        ostype: 'linux',
        server: expect.stringMatching(/^Docker\/.+ \(linux\)$/),
      })
    }
  })
})

describe('errors', () => {
  test('an unknown page', async () => {
    expect(await host.http('GET', '/nope')).toMatchObject({ status: 404, body: { message: 'page not found' } })
    expect(await host.http('PUT', '/info')).toMatchObject({ status: 404, body: { message: 'page not found' } })
    // Whatever else is wrong with it: fastify refuses this method without a type, which it is never asked for here.
    expect(await host.http('QUERY', '/info')).toMatchObject({ status: 404, body: { message: 'page not found' } })
    expect(await host.http('POST', '/nope', '{', json)).toMatchObject({ status: 404 })
  })

  test('a body that is no JSON', async () => {
    expect(await host.http('POST', '/containers/create', '{"Image":', json)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('invalid JSON in the request body') },
    })
  })

  test.each(['application/x-www-form-urlencoded', '', 'foo', 'application/', 'application/json;;;='])(
    'a body of type %j is refused where a body is read, and ignored elsewhere',
    async (type) => {
      const headers = { 'content-type': type }
      expect(await host.http('POST', '/containers/create', '{}', headers)).toMatchObject({
        status: 400,
        body: { message: `Content-Type specified (${type}) must be 'application/json'` },
      })
      expect((await host.http('POST', '/networks/prune', '{}', headers)).status).toBe(200)
      expect((await host.http('POST', '/containers/nobody/start', 'x=1', headers)).status).toBe(404)
    },
  )

  test('a type with parameters is the type', async () => {
    const headers = { 'content-type': 'Application/JSON; charset="utf-8"' }
    expect((await host.http('POST', '/volumes/create', '{"Name":"typed"}', headers)).status).toBe(201)
  })

  test.each([
    ['that is no HTTP', 'hello\r\n\r\n', 400, /not valid HTTP/],
    ['with a header of 20 KB', `GET /info HTTP/1.1\r\nHost: netd\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, /larger/],
    [
      'with a chunk of no length',
      'POST /volumes/create HTTP/1.1\r\nHost: netd\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
      400,
      /not valid HTTP/,
    ],
    ['for a path that is no URL', 'GET /containers/%zz/json HTTP/1.1\r\nHost: netd\r\n\r\n', 400, /not a valid URL/],
    [
      'with two lengths',
      'POST /volumes/create HTTP/1.1\r\nHost: netd\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
      400,
      /not valid HTTP/,
    ],
  ])('a request %s', async (_what, request, status, message) => {
    const { socket, received } = await open(request)
    await eventually(() => expect(received()).toMatch(/\r\n\r\n.*}$/s))
    socket.destroy()
    expect(received()).toContain(`HTTP/1.1 ${status} `)
    expect(received()).toMatch(/^Api-Version: 1.47\r$/im)
    expect(JSON.parse(received().split('\r\n\r\n')[1]!)).toEqual({ message: expect.stringMatching(message) })
  })

  test.each([
    ['GET', '/swarm', 503, /^This node is not a swarm manager\. Use "docker swarm init"/],
    ['POST', '/swarm/leave?force=1', 503, /^This node is not part of a swarm$/],
    ['GET', '/services', 503, /swarm manager/],
    ['DELETE', '/secrets/x', 503, /swarm manager/],
    ['POST', '/configs/create', 400, /EOF/],
    ['GET', '/plugins/x/json', 404, /^plugin "x" not found$/],
  ])('%s %s: as a dockerd in no swarm', async (method, path, status, message) => {
    expect(await host.http(method, path)).toMatchObject({
      status,
      body: { message: expect.stringMatching(message) },
    })
  })

  test('a body over the limit', async () => {
    const body = JSON.stringify({ Image: 'x'.repeat(17 * 1024 * 1024) })
    expect(await host.http('POST', '/containers/create', body, json)).toMatchObject({
      status: 413,
      body: { message: 'request body is larger than the limit of 16777216 bytes' },
    })
  })

  test('what is not there yet says so', async () => {
    expect(await host.http('GET', '/containers/x/archive?path=/')).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('not supported by netd yet') },
    })
  })
})

/** A client that speaks HTTP by hand and may close its writing side. */
async function open(request: string): Promise<{ socket: Socket; received: () => string; ended: Promise<unknown> }> {
  const socket = connect({ path: host.socket, allowHalfOpen: true })
  await once(socket, 'connect')
  let received = Buffer.alloc(0)
  socket.on('data', (chunk) => (received = Buffer.concat([received, chunk])))
  const ended = once(socket, 'end')
  socket.write(request)
  return { socket, received: () => received.toString('latin1'), ended }
}

const upgrade = (path: string, body = '', version = 'v1.47'): string =>
  `POST /${version}${path} HTTP/1.1\r\nHost: netd\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const frame = (stream: 1 | 2, text: string): string =>
  `${String.fromCharCode(stream)}\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`

describe('a client that closes its side after the request', () => {
  const send = (request: string): Socket => {
    const socket = connect({ path: host.socket, allowHalfOpen: true })
    socket.end(`${request} HTTP/1.1\r\nHost: netd\r\n\r\n`)
    return socket
  }

  test.each(['GET /info', 'GET /system/df', 'GET /trestle/v1/graph', 'DELETE /images/none'])(
    '%s is answered',
    async (request) => {
      const answer = (await send(request).toArray()).join('')
      expect(answer).toMatch(/^HTTP\/1\.1 (200|404) /)
      expect(answer).toMatch(/\}(\r\n0)?\s*$/)
    },
  )

  test.each(['GET /events', 'GET /trestle/v1/graph/events'])('%s ends', async (request) => {
    expect((await send(request).toArray()).join('')).not.toContain('HTTP/1.1 500')
  })
})

describe('hijacked connections', () => {
  test('attach first, start after: input, half-close, and both outputs in frames', async () => {
    const config = {
      Image: 'trestle/toolbox',
      Cmd: ['sh', '-c', 'cat; echo done >&2'],
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: { NetworkMode: 'none' },
    }
    const { body } = await host.http('POST', '/containers/create', config)
    const { socket, received, ended } = await open(
      upgrade(`/containers/${body.Id}/attach?stream=1&stdin=1&stdout=1&stderr=1`),
    )
    await eventually(() => expect(received()).toContain('HTTP/1.1 101 UPGRADED\r\n'))
    expect(received()).toContain('Content-Type: application/vnd.docker.multiplexed-stream\r\n')
    await host.http('POST', `/containers/${body.Id}/start`)
    socket.end('to and fro\n')
    await ended
    expect(received().split('\r\n\r\n')[1]).toBe(frame(1, 'to and fro\n') + frame(2, 'done\n'))
    expect((await host.http('POST', `/containers/${body.Id}/wait`)).body).toEqual({ StatusCode: 0, Error: null })
    await host.http('DELETE', `/containers/${body.Id}`)
  })

  test('exec start carries a JSON body before its stream; the exit code is there when the stream ends', async () => {
    await host.docker(['run', '-d', '--name', 'target', '--network', 'none', 'trestle/toolbox', 'sleep', '600'])
    const created = await host.http('POST', '/containers/target/exec', {
      Cmd: ['sh', '-c', 'read line; echo "got $line"; exit 9'],
      AttachStdin: true,
      AttachStdout: true,
    })
    const id: string = created.body.Id
    const whole = upgrade(`/exec/${id}/start`, '{"Detach":false,"Tty":false}')
    // In pieces, as a network may deliver it: head, half of the body, the rest with the first input.
    const { socket, received, ended } = await open(whole.slice(0, -10))
    socket.write(`${whole.slice(-10)}me\n`)
    await ended
    expect(received().split('\r\n\r\n')[1]).toBe(frame(1, 'got me\n'))
    expect((await host.http('GET', `/exec/${id}/json`)).body).toMatchObject({ Running: false, ExitCode: 9 })
    await host.docker(['rm', '-f', 'target'])
  })

  test('a terminal is one raw stream', async () => {
    await host.docker(['run', '-d', '--name', 'terminal', '--network', 'none', 'trestle/toolbox', 'sleep', '600'])
    const { body } = await host.http('POST', '/containers/terminal/exec', {
      Cmd: ['sh', '-c', 'echo out; echo err >&2; tty'],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    })
    const { received, ended } = await open(upgrade(`/exec/${body.Id}/start`, '{"Tty":true}'))
    await ended
    expect(received()).toContain('Content-Type: application/vnd.docker.raw-stream\r\n')
    expect(received().split('\r\n\r\n')[1]).toMatch(/^out\r\nerr\r\n\/dev\/pts\/\d+\r\n$/)
    await host.docker(['rm', '-f', 'terminal'])
  })

  test('without an upgrade the output ends with the connection, and a JSON body is no input', async () => {
    const { body } = await host.http('POST', '/containers/create', {
      Image: 'trestle/toolbox',
      Cmd: ['sh', '-c', 'cat; echo done'],
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: { NetworkMode: 'none' },
    })
    const options = '{"stream":true,"stdin":true,"stdout":true}'
    const { received, ended } = await open(
      `POST /containers/${body.Id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: netd\r\nContent-Type: application/json\r\nContent-Length: ${options.length}\r\n\r\n${options}`,
    )
    await eventually(() => expect(received()).toContain('HTTP/1.1 200 OK\r\n'))
    expect(received()).not.toContain('Transfer-Encoding')
    await host.http('POST', `/containers/${body.Id}/start`)
    await host.http('POST', `/containers/${body.Id}/kill`)
    await ended
    expect(received().split('\r\n\r\n')[1]).toBe('')
    await host.http('DELETE', `/containers/${body.Id}`)
  })

  test('a refusal is an ordinary JSON answer', async () => {
    const { received, ended } = await open(upgrade('/containers/nothere/attach?stream=1'))
    await ended
    expect(received()).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[^]*{"message":"No such container: nothere"}$/)
  })

  test('a command that cannot be started is told in the stream, and its exit code is 126', async () => {
    await host.docker(['run', '-d', '--name', 'target', '--network', 'none', 'trestle/toolbox', 'sleep', '600'])
    const { body } = await host.http('POST', '/containers/target/exec', {
      Cmd: ['no-such-program'],
      AttachStdout: true,
    })
    const { received, ended } = await open(upgrade(`/exec/${body.Id}/start`, '{}'))
    await ended
    expect(received()).toContain('exec: "no-such-program": executable file not found in $PATH')
    expect((await host.http('GET', `/exec/${body.Id}/json`)).body).toMatchObject({ Running: false, ExitCode: 126 })
    await host.docker(['rm', '-f', 'target'])
  })

  test('a client that hangs up leaves the container as it is', async () => {
    await host.docker([
      'run',
      '-d',
      '--name',
      'chatty',
      '--network',
      'none',
      'trestle/toolbox',
      'sh',
      '-c',
      'while :; do echo line; usleep 1000; done',
    ])
    const { socket, received } = await open(upgrade('/containers/chatty/attach?stream=1&stdout=1'))
    await eventually(() => expect(received()).toContain('line'))
    socket.destroy()
    const { stdout } = await host.docker(['exec', 'chatty', 'echo', 'still here'])
    expect(stdout).toBe('still here\n')
    await host.docker(['rm', '-f', 'chatty'])
  })
})

describe('sockets', () => {
  const netd = (...flags: string[]): Promise<RunResult> =>
    host.run(
      [`${projectRoot}bin/netd`, `--data-root=${host.root}/other`, `--exec-root=${host.root}/other-exec`, ...flags],
      { allowFailure: true },
    )

  test('a live one is refused with one sentence', async () => {
    expect((await netd(`--host=unix://${host.socket}`)).stderr).toContain(
      `netd: --host unix://${host.socket}: another daemon listens there; stop it or give another path`,
    )
  })

  test('something that is no socket is left alone', async () => {
    await writeFile(`${host.root}/file`, 'mine')
    expect((await netd(`--host=unix://${host.root}/file`)).stderr).toContain('something that is not a socket is there')
  })

  test('TCP needs mutual TLS', async () => {
    expect((await netd('--host=tcp://127.0.0.1:2375')).stderr).toContain(
      '--host tcp://127.0.0.1:2375: who reaches it is root here, so it needs mutual TLS',
    )
  })

  test('one that a dead daemon left is replaced', async () => {
    await host.stopNetd('SIGKILL')
    await host.startNetd()
    expect((await host.http('GET', '/_ping')).status).toBe(200)
  })
})
