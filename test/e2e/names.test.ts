/** What a program in a container is told of names, and may do by itself: its files under /etc, port 80, ping. */
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', '--ipv6', '--subnet', '10.80.0.0/24', '--subnet', 'fd00:80::/64', 'lan'])
}, 60_000)
afterAll(() => host[Symbol.asyncDispose]())

/** The output of a container that runs this one command. */
async function inside(options: string[], ...command: string[]): Promise<string> {
  return (await host.docker(['run', '--rm', ...options, 'trestle/toolbox', ...command])).stdout
}

const resolvConf = (...options: string[]): Promise<string> => inside(options, 'cat', '/etc/resolv.conf')

describe('/etc/resolv.conf', () => {
  const embedded = 'nameserver 127.0.0.11\noptions ndots:0\n'

  test.each([
    ['only link-local with a zone', 'nameserver fe80::1%eth0\n', embedded],
    ['only systemd-resolved’s stub, without its servers', 'nameserver 127.0.0.53\n', embedded],
    ['only IPv6, and the container has none', 'nameserver 2001:db8::53\n', embedded],
    ['none at all', '', embedded],
    [
      'some that the container reaches',
      'search example.test\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\nnameserver 192.0.2.53\noptions edns0\n',
      'search example.test\nnameserver 192.0.2.53\noptions edns0\n',
    ],
  ])('on the default bridge where the host has %s', async (_, text, expected) => {
    await writeFile(`${host.root}/resolv.conf`, text)
    expect(await resolvConf()).toBe(expected)
  })

  test('has search list and options of the host, the daemon’s or one’s own', async () => {
    await writeFile(
      `${host.root}/resolv.conf`,
      'search a.test b.test\nnameserver 192.0.2.53\noptions ndots:3 timeout:1\n',
    )
    expect(await resolvConf('--network=lan')).toBe(
      'search a.test b.test\nnameserver 127.0.0.11\noptions ndots:3 timeout:1\n',
    )
    expect(await resolvConf('--network=lan', '--dns-search=.', '--dns-opt=rotate')).toBe(
      'nameserver 127.0.0.11\noptions rotate ndots:0\n',
    )
    expect(await resolvConf('--dns=127.0.0.1', '--dns-search=c.test', '--dns-opt=ndots:1')).toBe(
      'search c.test\nnameserver 127.0.0.1\noptions ndots:1\n',
    )
  })
})

test('/etc/hosts knows a whole host name also by its first label, on every network and in both families', async () => {
  const options =
    '--network=lan --ip=10.80.0.9 --ip6=fd00:80::9 --hostname=wombat.example.com --add-host=up:host-gateway --add-host=six=[fd00::6] --add-host=up:192.0.2.1'
  const command = ['trestle/toolbox', 'tail', '-n', '+7', '/etc/hosts']
  const { stdout: id } = await host.docker(['create', ...options.split(' '), ...command])
  await host.docker(['network', 'connect', 'bridge', id.trim()])
  expect((await host.docker(['start', '-a', id.trim()])).stdout).toBe(
    [
      ['172.17.0.1', 'up'],
      ['fd00::6', 'six'],
      ['192.0.2.1', 'up'],
      ['10.80.0.9', 'wombat.example.com wombat'],
      ['fd00:80::9', 'wombat.example.com wombat'],
      ['172.17.0.2', 'wombat.example.com wombat'],
    ]
      .map(([address, names]) => `${address}\t${names}\n`)
      .join(''),
  )
  const split = await inside(['--hostname=a.b', '--domainname=example.com'], 'tail', '-n', '1', '/etc/hosts')
  expect(split).toMatch(/\ta\.b\.example\.com a\n$/)
})

describe('a user who is not root', () => {
  const user = ['--user=1000:1000', '--cap-drop=ALL']

  test.each(['bridge', 'lan', 'none'])('listens on port 80 and pings, with --network %s', async (network) => {
    const script = 'timeout 0.2 busybox nc -l -p 80; [ $? -ne 1 ] && cat /proc/sys/net/ipv4/ping_group_range'
    expect(await inside([...user, `--network=${network}`], 'sh', '-c', script)).toBe('0\t2147483647\n')
  })

  test('may not where --sysctl says so, and the host stays as it is', async () => {
    const before = await host.run(['cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start'])
    const sysctl = '--sysctl=net.ipv4.ip_unprivileged_port_start=1000'
    expect(await inside([sysctl], 'cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start')).toBe('1000\n')
    expect(await inside(['--network=host'], 'cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start')).toBe(before.stdout)
  })
})

describe('a legacy link', () => {
  const start = (name: string, ...options: string[]): Promise<unknown> =>
    host.docker(['run', '-d', '--name', name, ...options, 'trestle/toolbox', 'sleep', '600'])
  const names = async (): Promise<string[]> =>
    (await host.docker(['ps', '--no-trunc', '--format', '{{.Names}}'])).stdout.trim().split('\n').toSorted()

  test('is in the environment of the process and of what is executed beside it, as dockerd has it', async () => {
    await start('db', '-e', 'SECRET=a=b', ...'--expose=5432 --expose=53/udp --expose=53 --expose=9000-9002'.split(' '))
    await start('web', '--link=db:my-db', '-e', 'MY_DB_NAME=mine')
    const seen = async (...command: string[]): Promise<string[]> =>
      (await host.docker(command)).stdout.split('\n').filter((line) => line.startsWith('MY_DB_'))
    const { stdout } = await host.docker(['inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'db'])
    const address = stdout.trim()
    const port = (number: number, protocol: string): string[] => {
      const name = `MY_DB_PORT_${number}_${protocol.toUpperCase()}`
      return [
        `${name}=${protocol}://${address}:${number}`,
        `${name}_ADDR=${address}`,
        `${name}_PORT=${number}`,
        `${name}_PROTO=${protocol}`,
      ]
    }
    const expected = [
      `MY_DB_PORT=tcp://${address}:53`,
      ...port(53, 'tcp'),
      ...port(53, 'udp'),
      ...port(5432, 'tcp'),
      ...[9000, 9001, 9002].flatMap((number) => port(number, 'tcp')),
      `MY_DB_PORT_9000_TCP_START=tcp://${address}:9000`,
      'MY_DB_PORT_9000_TCP_PORT_START=9000',
      `MY_DB_PORT_9000_TCP_END=tcp://${address}:9002`,
      'MY_DB_PORT_9000_TCP_PORT_END=9002',
      'MY_DB_NAME=mine',
      'MY_DB_ENV_SECRET=a=b',
    ]
    const environ = await seen('exec', 'web', 'sh', '-c', "tr '\\000' '\\012' < /proc/1/environ")
    expect(new Set(environ)).toEqual(new Set(expected))
    expect(new Set(await seen('exec', 'web', 'env'))).toEqual(new Set(expected))
  })

  test('is a name of the linked container, and goes by rm --link while both go on', async () => {
    expect(await names()).toEqual(['db,web/my-db', 'web'])
    expect((await host.docker(['exec', 'web', 'cat', '/etc/hosts'])).stdout).toContain('my-db')
    await host.docker(['rm', '--link', '/web/my-db'])
    expect(await names()).toEqual(['db', 'web'])
    expect((await host.docker(['exec', 'web', 'cat', '/etc/hosts'])).stdout).not.toContain('my-db')
    const refused = async (name: string): Promise<string> =>
      (await host.docker(['rm', '--link', name], { allowFailure: true })).stderr
    expect(await refused('/web/my-db')).toContain('No such container: web/my-db')
    expect(await refused('db')).toContain('Conflict, cannot remove the default link name of the container')
  })

  test('leads to whoever has the network, never to the host’s, and is nobody’s business on a network of one’s own', async () => {
    await start('guest', '--network=container:db')
    await start('hosted', '--network=host')
    const hosts = await inside(['--link=guest:it', '--link=web:it'], 'cat', '/etc/hosts')
    expect(hosts).toMatch(/\tit [0-9a-f]{12} db\n/)
    expect(hosts).not.toContain('web')
    const { stderr } = await host.docker(['create', '--link=hosted', 'trestle/toolbox'], { allowFailure: true })
    expect(stderr).toContain("host type networking can't be used with links")
    const body = { Image: 'trestle/toolbox', HostConfig: { NetworkMode: 'lan', Links: ['nobody:x'] } }
    expect(await host.http('POST', '/containers/create', body)).toMatchObject({ status: 201 })
  })
})
