/** Ports of containers that run already, and all of them at once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'
import type { RunResult } from '../support/run.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', '--ipv6', '--subnet', '10.81.0.0/24', '--subnet', 'fd00:81::/64', 'lan'])
}, 60_000)
afterAll(() => host[Symbol.asyncDispose]())

/** A container that answers on every one of these ports. */
async function start(name: string, ports: number[], ...options: string[]): Promise<void> {
  const servers = ports.map((port) => `busybox nc -ll -p ${port} -e echo ${name} &`).join(' ')
  await host.docker(['run', '-d', '--name', name, ...options, 'trestle/toolbox', 'sh', '-c', `${servers} sleep 600`])
}

/** What the port says, or that nobody is there. */
async function ask(address: string, port: number): Promise<string> {
  const script = `exec 3<>/dev/tcp/${address}/${port} && cat <&3`
  const { stdout, exitCode } = await host.run(['timeout', '5', 'bash', '-c', script], { allowFailure: true })
  return exitCode === 0 ? stdout.trim() : 'nobody'
}

const port = (...args: string[]): Promise<RunResult> => host.trestle(['port', ...args], { allowFailure: true })

describe('a container that runs', () => {
  test('has a port published and taken back, and both outlast the daemon and its own restart', async () => {
    await start('web', [80], '--network=lan', '-p', '8080:80')
    await eventually(async () => expect(await ask('127.0.0.1', 8080)).toBe('web'))
    const { stdout: before } = await host.run(['nft', 'list', 'ruleset'])

    expect((await port('add', 'web', '8081:80', '127.0.0.1:8090-8095:8090-8095', '53/udp')).stdout).toMatch(
      /80\/tcp -> 0\.0\.0\.0:8081\n80\/tcp -> \[::\]:8081\n/,
    )
    for (const address of ['127.0.0.1', '::1', '10.81.0.1']) expect(await ask(address, 8081)).toBe('web')
    const inspect = async (format: string): Promise<unknown> =>
      JSON.parse((await host.docker(['inspect', '-f', `{{json ${format}}}`, 'web'])).stdout)
    expect(await inspect('.HostConfig.PortBindings')).toMatchObject({
      '80/tcp': [
        { HostIp: '', HostPort: '8080' },
        { HostIp: '', HostPort: '8081' },
      ],
      '53/udp': [{ HostIp: '', HostPort: '' }],
      '8092/tcp': [{ HostIp: '127.0.0.1', HostPort: '8092' }],
    })
    expect((await host.docker(['ps', '--format', '{{.Ports}}'])).stdout).toContain('127.0.0.1:8090-8095->8090-8095/tcp')

    await host.stopNetd('SIGKILL')
    await host.startNetd()
    expect(await ask('127.0.0.1', 8081)).toBe('web')
    await host.docker(['restart', '-t', '0', 'web'])
    await eventually(async () => expect(await ask('127.0.0.1', 8081)).toBe('web'))

    for (const gone of ['8081:80', '127.0.0.1:8092:8092', '127.0.0.1:8090-8091:8090-8091', '8093-8095', '53/udp'])
      expect((await port('rm', 'web', gone)).stderr).toBe('')
    for (const address of ['127.0.0.1', '::1', '10.81.0.1']) expect(await ask(address, 8081)).toBe('nobody')
    expect(await ask('127.0.0.1', 8080)).toBe('web')
    expect((await port('ls', 'web')).stdout).toBe('80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n')
    expect((await host.run(['nft', 'list', 'ruleset'])).stdout).toBe(before)
    await host.docker(['restart', '-t', '0', 'web'])
    expect((await port('ls', '--json', 'web')).stdout).not.toContain('8081')
  })

  test('loses the connections that came by a port with the port', async () => {
    await start('echo', [7], '--network=lan')
    await host.docker(['exec', '-d', 'echo', 'busybox', 'nc', '-ll', '-p', '9', '-e', 'cat'])
    await port('add', 'echo', '7009:9')
    const script =
      'exec 3<>/dev/tcp/10.81.0.1/7009; while echo hello >&3 && read -t 5 line <&3; do echo "$line"; sleep 0.05; done'
    const client = spawn('nsenter', [`--net=${host.netns}`, '--', 'bash', '-c', script])
    await once(client.stdout, 'data')
    const ended = once(client, 'exit')
    client.stdout.resume()
    expect((await port('rm', 'echo', '7009:9')).exitCode).toBe(0)
    await ended
    await host.docker(['rm', '-f', 'echo'])
  })

  test.each([
    [
      'a taken port',
      ['add', 'web', '9000:80', '8080:81'],
      /Bind for 0\.0\.0\.0:8080 failed: port is already allocated|published 0\.0\.0\.0:8080\/tcp already/,
    ],
    ['its own port again', ['add', 'web', '8080:80'], /container web has published 0\.0\.0\.0:8080\/tcp already/],
    ['what it does not publish', ['rm', 'web', '8088:80'], /container web does not publish 8088:80\/tcp/],
    [
      'one of its two families',
      ['rm', 'web', '0.0.0.0:8080:80'],
      /container web does not publish 0\.0\.0\.0:8080:80\/tcp/,
    ],
    ['no port', ['add', 'web', 'http'], /invalid containerPort: http/],
    ['a container that is not there', ['ls', 'nobody'], /No such container: nobody/],
  ])('is refused %s, and stays as it is', async (_, args, sentence) => {
    const before = (await port('ls', 'web')).stdout
    const { stderr, exitCode } = await port(...args)
    expect(stderr).toMatch(sentence)
    expect(exitCode).not.toBe(0)
    expect((await port('ls', 'web')).stdout).toBe(before)
    expect(await ask('127.0.0.1', 9000)).toBe('nobody')
  })

  test('is given no port of the host twice while it does not run', async () => {
    await host.docker(['create', '--name', 'still', '-p', '9010-9012:10-12', 'trestle/toolbox', 'true'])
    for (const again of ['9011:80', '9012-9013:80-81'])
      expect((await port('add', 'still', again)).stderr).toMatch(/container still has published 901\d\/tcp already/)
    expect((await port('add', 'still', '9013:13', '127.0.0.1:9010:10/udp')).exitCode).toBe(0)
    await host.docker(['rm', 'still'])
  })

  test('publishes nothing where nothing is published: on an internal network, with the host’s or another’s', async () => {
    await host.docker(['network', 'create', '--internal', 'inside'])
    for (const [name, mode] of Object.entries({ kept: 'inside', hosted: 'host', guest: 'container:web' })) {
      await start(name, [], `--network=${mode}`)
      expect((await port('add', name, '9001:80')).stderr).toMatch(
        name === 'kept' ? /is on no network that publishes ports/ : /has no network of its own/,
      )
      await host.docker(['rm', '-f', name])
    }
  })
})

test('all 65,535 ports are one row, found free first, and reach the container by their own numbers', async () => {
  await host.docker(['rm', '-f', 'web'])
  const range = ['--network=lan', '-p', '1-65535:1-65535']
  const squatter = spawn('nsenter', [`--net=${host.netns}`, '--', 'busybox', 'nc', '-l', '-p', '40000'])
  await eventually(async () => expect((await host.run(['ss', '-Hlnt'])).stdout).toContain(':40000'))
  await expect(start('all', [1], ...range)).rejects.toThrow(
    /listen tcp4 0\.0\.0\.0:40000: bind: address already in use/,
  )
  const ended = once(squatter, 'exit')
  squatter.kill()
  await ended
  await host.docker(['rm', 'all'])

  await start('all', [1, 40_000, 65_535], ...range)
  for (const number of [1, 40_000, 65_535])
    await eventually(async () => expect(await ask('10.81.0.1', number)).toBe('all'))
  expect(await ask('fd00:81::1', 40_000)).toBe('all')
  expect((await host.trestle(['ps', '--format', '{{.Ports}}'])).stdout.trim()).toMatch(
    /^0\.0\.0\.0:1-65535->1-65535\/tcp, .*::\]?:1-65535->1-65535\/tcp$/,
  )
  const late = await host.docker(['run', '--rm', '-p', '81:81', 'trestle/toolbox', 'true'], { allowFailure: true })
  expect(late.stderr).toContain('Bind for 0.0.0.0:81 failed: port is already allocated')

  await port('rm', 'all', '2-39999')
  expect((await port('ls', 'all')).stdout).toBe(
    ['0.0.0.0', '[::]'].map((a) => `1/tcp -> ${a}:1\n40000-65535/tcp -> ${a}:40000-65535\n`).join(''),
  )
  await host.stopNetd()
  await host.startNetd()
  expect(await ask('10.81.0.1', 65_535)).toBe('all')
  expect((await host.run(['ss', '-Hlnt'])).stdout.split('\n').length).toBeLessThan(10)
  await host.docker(['rm', '-f', 'all'])
})

test.each([
  ['POST', '', { portBindings: {} }, 400, /portBindings: no port is named/],
  ['POST', '', { portBindings: { '0/tcp': [{}] } }, 400, /invalid port specification: "0"/],
  ['POST', '', { portBindings: { '80/icmp': [{}] } }, 400, /invalid protocol/],
  ['POST', '', { portBindings: { '80': [{ HostIp: 'here' }] } }, 400, /invalid IP address in port binding: "here"/],
  ['POST', '', {}, 400, /portBindings/],
  ['DELETE', '', undefined, 400, /containerPort: a port is a whole number from 1 to 65535/],
  ['DELETE', '?containerPort=80&protocol=icmp', undefined, 400, /protocol/],
  ['DELETE', '?containerPort=80&containerPortEnd=70', undefined, 400, /a range ends where it begins or later/],
  ['DELETE', '?containerPort=80&port=80', undefined, 400, /port/],
  ['DELETE', '?containerPort=80', undefined, 404, /container idle does not publish 80\/tcp/],
] as const)(
  '%s /trestle/v1/containers/idle/ports%s %j is answered %i',
  async (method, query, body, status, sentence) => {
    await host.docker(['create', '--name', 'idle', 'trestle/toolbox', 'true'], { allowFailure: true })
    const answer = await host.http(method, `/trestle/v1/containers/idle/ports${query}`, body)
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(sentence) } })
  },
)
