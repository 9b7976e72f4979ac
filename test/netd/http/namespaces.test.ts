/** /trestle/v1/namespaces, on a hermetic host, seen through iproute2. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startHost, type HermeticHost } from '../../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
})
afterAll(() => host[Symbol.asyncDispose]())

const path = '/trestle/v1/namespaces'
const create = (body: object) => host.http('POST', path, body)
const names = async (): Promise<string[]> =>
  (await host.http('GET', path)).body.map(({ name }: { name: string }) => name)
const netns = async (): Promise<string[]> =>
  (await host.run(['ip', 'netns', 'list'])).stdout
    .split('\n')
    .map((line) => line.split(' ')[0]!)
    .filter(Boolean)

describe('a bare namespace', () => {
  test('is there for iproute2, with its loopback up and the sysctls asked for, and gone after DELETE', async () => {
    const { status, body } = await create({
      name: 'red',
      labels: { colour: 'red' },
      sysctls: { 'net.ipv4.ip_forward': '1' },
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ name: 'red', labels: { colour: 'red' }, path: `${host.execRoot}/namespaces/red` })

    expect(await netns()).toContain('red')
    expect(await host.json(['ip', '-n', 'red', '-j', 'link'])).toMatchObject([
      { ifname: 'lo', flags: expect.arrayContaining(['UP']) },
    ])
    expect((await host.run(['ip', 'netns', 'exec', 'red', 'cat', '/proc/sys/net/ipv4/ip_forward'])).stdout).toBe('1\n')
    expect((await host.run(['ip', 'netns', 'exec', 'red', 'readlink', '/proc/self/ns/net'])).stdout).toBe(
      `net:[${body.inode}]\n`,
    )
    expect((await host.http('GET', `${path}/red`)).body).toEqual(body)
    expect(await names()).toContain('red')

    expect((await host.http('DELETE', `${path}/red`)).status).toBe(204)
    expect(await netns()).not.toContain('red')
    expect(await names()).not.toContain('red')
    const gone = await host.http('GET', `${path}/red`)
    expect([gone.status, gone.body]).toEqual([404, { message: 'namespace red not found' }])
  })

  test('runs commands, with their output and exit code', async () => {
    await create({ name: 'runner' })
    const run = (command: string[], rest: object = {}) => host.http('POST', `${path}/runner/run`, { command, ...rest })
    expect(
      (await run(['sh', '-c', 'echo out; echo "$COLOUR" >&2; exit 3'], { environment: { COLOUR: 'green' } })).body,
    ).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'green\n', isTimedOut: false })
    expect(JSON.parse((await run(['ip', '-j', 'link'])).body.stdout)).toMatchObject([{ ifname: 'lo' }])
    expect((await run(['sleep', '60'], { timeoutMs: 50 })).body).toMatchObject({ isTimedOut: true })
    expect((await run(['no-such-program'])).body).toMatchObject({ exitCode: 127 })
    await host.http('DELETE', `${path}/runner`)
  })

  test('may be taken away by "ip netns delete", and made again', async () => {
    await create({ name: 'fleeting' })
    await host.run(['ip', 'netns', 'delete', 'fleeting'])
    expect(await names()).not.toContain('fleeting')
    expect((await create({ name: 'fleeting' })).status).toBe(201)
    expect(await netns()).toContain('fleeting')
    await host.http('DELETE', `${path}/fleeting`)
  })
})

describe('what cannot be', () => {
  test.each<[what: string, body: unknown, status: number, message: string]>([
    ['a name twice', { name: 'taken' }, 409, 'namespace with name taken already exists'],
    [
      'a name with a slash',
      { name: 'a/b' },
      400,
      'invalid parameter: name: a name is a letter or digit, then up to 62 letters, digits, "_", "." or "-"',
    ],
    ['no name', {}, 400, 'invalid parameter: name: Invalid input: expected string, received undefined'],
    [
      'an unknown sysctl',
      { name: 'a', sysctls: { 'net.ipv4.nope': '1' } },
      400,
      'invalid sysctl net.ipv4.nope=1: a network namespace of this kernel has no such setting',
    ],
    [
      'a value that a sysctl does not take',
      { name: 'a', sysctls: { 'net.ipv4.ip_forward': 'x' } },
      400,
      'invalid sysctl net.ipv4.ip_forward=x: invalid argument',
    ],
    ['no command', undefined, 400, 'invalid parameter: command: Invalid input: expected array, received undefined'],
  ])('%s is refused with a sentence, and leaves nothing', async (_, body, status, message) => {
    await create({ name: 'taken' })
    const before = await netns()
    const answer = body === undefined ? await host.http('POST', `${path}/taken/run`, {}) : await create(body as object)
    expect([answer.status, answer.body]).toEqual([status, { message }])
    expect(await netns()).toEqual(before)
  })

  test.each<[program: string, exitCode: number, why: string]>([
    ['nothere', 127, 'not found'],
    ['/etc/passwd/x', 127, 'not found'],
    ['/etc/passwd', 126, 'permission denied'],
    [`/${'x'.repeat(5_000)}`, 126, 'file name too long'],
  ])('%.16s cannot be run, which is told as a shell does', async (program, exitCode, why) => {
    await create({ name: 'taken' })
    const { status, body } = await host.http('POST', `${path}/taken/run`, { command: [program] })
    expect({ status, body }).toMatchObject({ status: 200, body: { exitCode, stderr: `${program}: ${why}\n` } })
  })

  test('a namespace of somebody else’s is never overwritten', async () => {
    await host.run(['ip', 'netns', 'add', 'theirs'])
    await host.run(['ip', '-n', 'theirs', 'link', 'add', 'mark', 'type', 'bridge'])
    const { status, body } = await create({ name: 'theirs' })
    expect(status).toBe(409)
    expect(body.message).toContain('a network namespace named theirs that is not ours exists (/run/netns/theirs)')
    expect(await host.json(['ip', '-n', 'theirs', '-j', 'link', 'show', 'mark'])).toHaveLength(1)
    expect(await names()).not.toContain('theirs')
    await host.run(['ip', 'netns', 'delete', 'theirs'])
  })

  test.each(['GET', 'DELETE'])('%s of an unknown one is 404', async (method) => {
    const { status, body } = await host.http(method, `${path}/nobody`)
    expect([status, body]).toEqual([404, { message: 'namespace nobody not found' }])
  })
})

test('a crash and a restart of the daemon leave namespaces and links as they were, and what is gone is dropped', async () => {
  await Promise.all(['stays', 'other', 'goes'].map((name) => create({ name })))
  const end = (node: string, name: string, ...addresses: string[]) => ({ node, interface: name, addresses })
  const join = (...ends: object[]) => host.http('POST', '/trestle/v1/links', { ends })
  const link = await join(end('stays', 'a', '10.0.0.1/24'), end('other', 'b', '10.0.0.2/24'))
  const lost = [await join(end('stays', 'c'), end('goes', 'd')), await join(end('stays', 'e'), end('other', 'f'))]
  expect([link, ...lost].map(({ status }) => status)).toEqual([201, 201, 201])
  const before = await host.http('GET', `${path}/stays`)
  await host.stopNetd('SIGKILL')
  await host.run(['ip', 'netns', 'delete', 'goes'])
  await host.run(['ip', '-n', 'stays', 'link', 'delete', 'e'])
  await host.run(['ip', 'netns', 'exec', 'stays', 'ping', '-c', '1', '-W', '2', '10.0.0.2'])

  await host.startNetd()
  expect((await host.http('GET', `${path}/stays`)).body).toEqual(before.body)
  expect(await names()).not.toContain('goes')
  expect((await host.http('GET', '/trestle/v1/links')).body).toEqual([link.body])
  for (const name of ['stays', 'other']) expect((await host.http('DELETE', `${path}/${name}`)).status).toBe(204)
})

test('what a daemon killed in the middle of a create has left is collected at the next start', async () => {
  await host.stopNetd('SIGKILL')
  const pin = `${host.execRoot}/namespaces/orphan`
  await host.run([
    'unshare',
    '--net',
    'sh',
    '-c',
    `touch ${pin} && mount --bind /proc/self/ns/net ${pin} && ln -s ${pin} /run/netns/orphan`,
  ])
  expect(await netns()).toContain('orphan')
  await host.startNetd()
  expect(await netns()).not.toContain('orphan')
  expect((await host.run(['sh', '-c', `ls ${host.execRoot}/namespaces`])).stdout.split('\n').filter(Boolean)).toEqual(
    await names(),
  )
  expect((await host.run(['cat', '/proc/self/mountinfo'])).stdout).not.toContain('orphan')
})
