/** Whatever a client sends, the answer is one clear sentence, nothing half-made stays behind, and the next client is served. */
import { assert, asyncProperty, constantFrom, dictionary, jsonValue, oneof, tuple, type Arbitrary } from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { Census } from '../support/census.ts'
import { projectRoot, startHost, type HermeticHost, type HttpResponse } from '../support/host.ts'

const image = 'trestle/toolbox'
const lan = { Name: 'lan', IPAM: { Config: [{ Subnet: '10.77.0.0/24' }] } }
let host: HermeticHost
let atFirst: Census

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.http('POST', '/networks/create', lan)
  // The first start opens what stays open: a watch on the host's resolv.conf, the port proxy.
  await host.docker(['run', '--name', 'stopped', '-p', '80', image, 'true'])
  atFirst = await host.census()
})
afterAll(() => host[Symbol.asyncDispose]())

/** Refused by the client's fault, or by name: and in one line. */
function expectRefusal(answer: HttpResponse): void {
  expect(
    answer.status === 501 || (answer.status >= 400 && answer.status < 500),
    `${answer.status} ${answer.text}`,
  ).toBe(true)
  expectSentence(answer)
}

function expectSentence({ body, text }: HttpResponse): void {
  expect(Object.keys(body), text).toEqual(['message'])
  expect(body.message).toMatch(/^\P{Cc}+$/u)
  expect(body.message).not.toMatch(/\bat \S+:\d+:\d+|ZodError|is not a function|Cannot read prop/)
}

const create = (body: object, name = ''): Promise<HttpResponse> =>
  host.http('POST', `/containers/create?name=${encodeURIComponent(name)}`, { Image: image, Cmd: ['true'], ...body })
const withHost = (HostConfig: object): Promise<HttpResponse> => create({ HostConfig })
const network = (body: object): Promise<HttpResponse> =>
  host.http('POST', '/networks/create', { Name: 'hostile', ...body })
const pool = (config: object, more: object = {}): Promise<HttpResponse> =>
  network({ IPAM: { Config: [config] }, ...more })

/** Of a test: what is made during it has to be gone, or never have been. */
async function leavesNothing(work: () => Promise<void>): Promise<void> {
  const before = await host.traces()
  await work()
  expect((await host.http('GET', '/_ping')).text).toBe('OK')
  await eventually(async () => expect(await host.traces()).toEqual(before))
}

describe('bodies', () => {
  const routes = [
    '/containers/create',
    '/networks/create',
    '/networks/lan/connect',
    '/networks/lan/disconnect',
    '/containers/stopped/exec',
    '/trestle/v1/namespaces',
    '/trestle/v1/links',
  ]
  const bodies = [
    '{"a":',
    '[]',
    'null',
    '7',
    '"x"',
    '{"Name":7,"Container":7,"Image":7,"Cmd":7,"ends":7,"name":7}',
    '\0',
    '\ufeff{}',
  ]

  test.each(routes)('%s takes none that is not its own', async (route) => {
    for (const body of bodies)
      expectRefusal(await host.http('POST', route, body, { 'content-type': 'application/json' }))
  })

  test('one of 20 MB is refused, and the connection after it works', async () => {
    expect((await create({ Labels: { large: 'x'.repeat(20 * 2 ** 20) } })).status).toBe(413)
  })

  test('null says nothing, as Go clients send it for what is empty', async () => {
    const nulls = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, null]))
    const hostConfig = nulls(
      'Binds',
      'PortBindings',
      'NetworkMode',
      'Ulimits',
      'Mounts',
      'Tmpfs',
      'Sysctls',
      'LogConfig',
      'RestartPolicy',
      'ConsoleSize',
      'Devices',
      'Init',
      'PidsLimit',
    )
    const answer = await create({
      ...nulls('Hostname', 'NetworkingConfig', 'Labels', 'Env', 'Entrypoint', 'ExposedPorts'),
      HostConfig: hostConfig,
    })
    expect(answer.status, answer.text).toBe(201)
    await host.http('DELETE', `/containers/${answer.body.Id}`)
    const made = await network({
      IPAM: nulls('Driver', 'Config', 'Options'),
      ...nulls('Options', 'Labels', 'ConfigFrom', 'Driver', 'EnableIPv6'),
    })
    expect(made.status, made.text).toBe(201)
    await host.http('DELETE', `/networks/${made.body.Id}`)
  })

  test('names that every JavaScript object has are names like any other', async () => {
    for (const Driver of ['__proto__', 'constructor', 'toString'])
      expect(await network({ Driver })).toMatchObject({
        status: 404,
        body: { message: `plugin "${Driver}" not found` },
      })
    expect((await host.http('GET', '/containers/__proto__/json')).status).toBe(404)
    expect((await host.http('GET', '/networks/constructor')).status).toBe(404)
  })
})

describe('paths and queries', () => {
  test('a name of any length or kind is only not found', async () => {
    for (const name of ['..%2f..%2fetc%2fpasswd', 'a%00b', 'a%0ab', '%C3%A9', 'x'.repeat(300), 'x'.repeat(8000)]) {
      for (const path of [`/containers/${name}/json`, `/networks/${name}`, `/exec/${name}/json`]) {
        const answer = await host.http('GET', path)
        expect(answer.status).toBe(404)
        expectSentence(answer)
      }
    }
  })

  test.each(['/containers/json', '/networks', '/images/json', '/events?until=1'])(
    '%s knows its filters',
    async (path) => {
      for (const filters of ['{', '[]', '7', '{"nope":["x"]}', '{"label":7}', '{"label":[7]}']) {
        expectRefusal(
          await host.http('GET', `${path}${path.includes('?') ? '&' : '?'}filters=${encodeURIComponent(filters)}`),
        )
      }
    },
  )
})

describe('what ends up in /etc/hosts and /etc/resolv.conf is words', () => {
  test.each([
    ['Hostname', { Hostname: 'web\n6.6.6.6 example.com' }],
    ['Hostname of 65 bytes', { Hostname: 'x'.repeat(65) }],
    ['Domainname', { Domainname: 'lan\n6.6.6.6 example.com' }],
    ['ExtraHosts, the address', { HostConfig: { ExtraHosts: ['db:1.2.3.4\n6.6.6.6 example.com'] } }],
    ['ExtraHosts, the name', { HostConfig: { ExtraHosts: ['db 6.6.6.6:1.2.3.4'] } }],
    ['ExtraHosts without an address', { HostConfig: { ExtraHosts: ['db'] } }],
    ['Dns', { HostConfig: { Dns: ['1.1.1.1\nnameserver 6.6.6.6'] } }],
    ['DnsSearch', { HostConfig: { DnsSearch: ['lan\nnameserver 6.6.6.6'] } }],
    ['DnsOptions', { HostConfig: { DnsOptions: ['ndots:1\nnameserver 6.6.6.6'] } }],
    ['Links', { HostConfig: { Links: ['stopped:db\n6.6.6.6 example.com'] } }],
    [
      'an alias',
      {
        HostConfig: { NetworkMode: 'lan' },
        NetworkingConfig: { EndpointsConfig: { lan: { Aliases: ['db\n6.6.6.6 example.com'] } } },
      },
    ],
    [
      'a link of an endpoint',
      {
        HostConfig: { NetworkMode: 'lan' },
        NetworkingConfig: { EndpointsConfig: { lan: { Links: ['stopped:db\n6.6.6.6 example.com'] } } },
      },
    ],
  ])('%s', async (_what, body) => {
    const answer = await create(body)
    expect(answer.status, answer.text).toBe(400)
    expectSentence(answer)
  })

  test('on connecting, too', async () => {
    for (const EndpointConfig of [{ Aliases: ['a\nb'] }, { Aliases: [''] }, { Links: ['stopped:a\nb'] }]) {
      expect((await host.http('POST', '/networks/lan/connect', { Container: 'stopped', EndpointConfig })).status).toBe(
        400,
      )
    }
  })
})

describe('containers', () => {
  test.each(['a/b', '..', 'a\0b', 'é', ' ', '-a', 'a\nb'])('name %j', async (name) => {
    const answer = await create({}, name)
    expect(answer.status).toBe(400)
    expectSentence(answer)
  })

  test.each(['80/xyz', '0/tcp', '65536/tcp', '-1/tcp', '80-70/tcp', '', 'tcp', '80/tcp/x', ' 80/tcp'])(
    'port %j',
    async (port) => {
      expectRefusal(await withHost({ PortBindings: { [port]: [{ HostPort: '8080' }] } }))
      expectRefusal(await create({ ExposedPorts: { [port]: {} } }))
    },
  )

  test.each(['x', '65536', '-1', '80-', '80-70', ' 80', '8e1'])('host port %j', async (port) => {
    expectRefusal(await withHost({ PortBindings: { '80/tcp': [{ HostPort: port }] } }))
  })

  test.each([
    { Binds: ['/tmp:/'] },
    { Binds: ['/tmp:/a/../..'] },
    { Binds: ['/tmp:data'] },
    { Binds: ['/tmp:/x:zz'] },
    { Binds: ['/tmp\0:/x'] },
    { Mounts: [{ Type: 'bind', Source: '/nope', Target: '/x' }] },
    { Mounts: [{ Type: 'bind', Source: 'tmp', Target: '/x' }] },
    { Mounts: [{ Type: 'bind', Source: '/tmp', Target: '/..' }] },
    { Mounts: [{ Type: 'bind', Source: '/tmp', Target: '/x', BindOptions: { Propagation: 'zz' } }] },
    { Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: -1 } }] },
    { Mounts: [{ Type: 'zz', Target: '/t' }] },
    { Tmpfs: { '/': '' } },
    { Tmpfs: { tmp: '' } },
  ])('mount %j', async (mounts) => {
    expectRefusal(await withHost(mounts))
  })

  test.each([
    { Memory: 1 },
    { Memory: -1 },
    { Memory: 1.5 },
    { Memory: 1e30 },
    { MemorySwap: 2 ** 30 },
    { Memory: 2 ** 30, MemorySwap: 2 ** 29 },
    { CpuPeriod: 1 },
    { CpuQuota: 1 },
    { NanoCpus: -1 },
    { NanoCpus: 1e15 },
    { CpusetCpus: 'x' },
    { CpusetCpus: '0-' },
    { ShmSize: -1 },
    { PidsLimit: 0.5 },
    { CpuShares: 1e30 },
  ])('limit %j', async (limit) => {
    expectRefusal(await withHost(limit))
  })

  test('what only shows at the start is refused then, and nothing stays open', async () => {
    const cases: [number, object][] = [
      [400, { Sysctls: { 'kernel.panic': '1' } }],
      [400, { Sysctls: { 'net.ipv4.nope': '1' } }],
      [409, { NetworkMode: 'container:stopped' }],
      [404, { NetworkMode: 'container:nope' }],
      [404, { NetworkMode: 'nope' }],
      [400, { GroupAdd: ['nope'] }],
    ]
    await leavesNothing(async () => {
      for (const [status, config] of cases) {
        const { body } = await withHost(config)
        const answer = await host.http('POST', `/containers/${body.Id}/start`)
        expect([answer.status, config]).toEqual([status, config])
        expectSentence(answer)
        expect((await host.http('DELETE', `/containers/${body.Id}`)).status).toBe(204)
      }
      await create({ HostConfig: { NetworkMode: 'container:myself' } }, 'myself')
      expect(await host.http('POST', '/containers/myself/start')).toMatchObject({
        status: 400,
        body: { message: 'cannot join own network' },
      })
      await host.http('DELETE', '/containers/myself')
    })
  })

  test('a bind target cannot leave the root file system through a symbolic link', async () => {
    await host.run(['sh', '-c', `echo mine > ${host.root}/file`])
    await host.docker([
      'run',
      '--rm',
      '-v',
      'links:/links',
      image,
      'ln',
      '-s',
      '/../../../../../../../../tmp',
      '/links/out',
    ])
    const bind = `${host.root}/file:/links/out/hostile/file`
    const inside = await host.docker([
      'run',
      '--rm',
      '-v',
      'links:/links',
      '-v',
      bind,
      image,
      'cat',
      '/tmp/hostile/file',
    ])
    expect(inside.stdout, 'the link leads to the container’s own /tmp').toBe('mine\n')
    expect((await host.run(['ls', '/tmp/hostile'], { allowFailure: true })).exitCode).not.toBe(0)
    await host.docker(['volume', 'rm', 'links'])
  })
})

describe('networks', () => {
  test.each([
    'x',
    '10.1.0.0',
    '10.1.0.0/33',
    '10.1.0.0/32',
    '10.1.0.0/024',
    '0.0.0.0/0',
    '127.0.0.0/8',
    '224.0.0.0/4',
    '255.255.255.0/24',
    '10.77.0.0/16',
    '10.77.0.128/25',
    '::/0',
    '::1/128',
    'ff00::/8',
    'fd00::/129',
    '::ffff:10.0.0.0/96',
    '10.1.0.0/24\n',
  ])('subnet %j', async (Subnet) => {
    await leavesNothing(async () => {
      expectRefusal(await pool({ Subnet }))
      expectRefusal(await pool({ Subnet }, { EnableIPv6: true }))
    })
  })

  test.each([
    { Gateway: '10.1.0.0' },
    { Gateway: '10.1.0.255' },
    { Gateway: '10.2.0.1' },
    { Gateway: '::1' },
    { Gateway: 'x' },
    { IPRange: '10.2.0.0/24' },
    { IPRange: '10.1.0.0/16' },
    { AuxiliaryAddresses: { a: 'x' } },
    { AuxiliaryAddresses: { a: '10.2.0.1' } },
    { AuxiliaryAddresses: { a: '10.1.0.1' } },
  ])('pool with %j', async (config) => {
    expectRefusal(await pool({ Subnet: '10.1.0.0/24', ...config }))
  })

  test('an MTU below what IPv6 needs', async () => {
    await leavesNothing(async () =>
      expectRefusal(await network({ EnableIPv6: true, Options: { 'com.docker.network.driver.mtu': '1279' } })),
    )
  })

  test.each(['10.77.0.0', '10.77.0.1', '10.77.0.255', '10.9.9.9', 'x', '10.77.0.5/24', '::1'])(
    'a container cannot have %s on 10.77.0.0/24',
    async (IPv4Address) => {
      await leavesNothing(async () => {
        expectRefusal(
          await host.http('POST', '/networks/lan/connect', {
            Container: 'stopped',
            EndpointConfig: { IPAMConfig: { IPv4Address } },
          }),
        )
      })
    },
  )

  test.each(['x', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01'])(
    'nor the MAC address %s',
    async (MacAddress) => {
      expectRefusal(
        await host.http('POST', '/networks/lan/connect', { Container: 'stopped', EndpointConfig: { MacAddress } }),
      )
    },
  )
})

describe('anything', () => {
  const nasty = constantFrom<unknown>(
    null,
    undefined,
    '',
    ' ',
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    true,
    [],
    {},
    [null],
    [[]],
    { a: null },
    '\0',
    'a\nb',
    '..',
    '../../x',
    '/',
    '/tmp',
    'é',
    '\ud800',
    'x'.repeat(300),
    '__proto__',
    '10.77.0.9',
    '10.77.0.0/24',
    '80/tcp',
    'container:stopped',
    'lan',
    'host',
    'none',
    'bridge',
    ['a\nb'],
    ['/tmp:/x'],
    ['/tmp:/'],
    ['A=\0'],
    { '80/tcp': [{ HostPort: '0' }] },
    { '80/tcp': null },
    { lan: null },
    { lan: { Aliases: ['a b'], IPAMConfig: { IPv4Address: '10.77.0.9' } } },
    [{ Subnet: '10.9.0.0/30' }],
    { Config: [{ Subnet: '10.8.0.0/29', Gateway: '10.8.0.3' }] },
    { 'com.docker.network.driver.mtu': '70' },
  )
  const record = (...names: string[]): Arbitrary<Record<string, unknown>> =>
    dictionary(constantFrom(...names), oneof({ weight: 4, arbitrary: nasty }, { weight: 1, arbitrary: jsonValue() }), {
      maxKeys: 3,
      noNullPrototype: true,
    })
  const containers = tuple(
    record(
      'Hostname',
      'Domainname',
      'User',
      'ExposedPorts',
      'Tty',
      'Env',
      'Cmd',
      'Entrypoint',
      'WorkingDir',
      'MacAddress',
      'Labels',
      'StopSignal',
      'StopTimeout',
      'NetworkingConfig',
      'Volumes',
      'Healthcheck',
    ),
    record(
      'Binds',
      'Mounts',
      'Tmpfs',
      'NetworkMode',
      'PortBindings',
      'RestartPolicy',
      'CapAdd',
      'Dns',
      'DnsSearch',
      'ExtraHosts',
      'Links',
      'PidMode',
      'IpcMode',
      'SecurityOpt',
      'Sysctls',
      'ShmSize',
      'Memory',
      'CpuShares',
      'PidsLimit',
      'Ulimits',
      'LogConfig',
      'MaskedPaths',
    ),
    record('EndpointsConfig'),
  )
  const networks = record(
    'Name',
    'Driver',
    'Scope',
    'Internal',
    'IPAM',
    'EnableIPv6',
    'EnableIPv4',
    'Options',
    'Labels',
    'ConfigOnly',
    'ConfigFrom',
  )
  const endpoints = record('IPAMConfig', 'Links', 'Aliases', 'MacAddress', 'DriverOpts', 'GwPriority')

  test('is answered below 500, in one line, and leaves nothing', async () => {
    await leavesNothing(async () => {
      await assert(
        asyncProperty(containers, networks, endpoints, async ([config, hostConfig, networking], net, endpoint) => {
          const made = await create({ ...config, HostConfig: hostConfig, NetworkingConfig: networking })
          if (made.status === 201)
            expect((await host.http('DELETE', `/containers/${made.body.Id}?force=1`)).status).toBe(204)
          else expectRefusal(made)
          const other = await network(net)
          if (other.status === 201) expect((await host.http('DELETE', `/networks/${other.body.Id}`)).status).toBe(204)
          else expectRefusal(other)
          const joined = await host.http('POST', '/networks/lan/connect', {
            Container: 'stopped',
            EndpointConfig: endpoint,
          })
          if (joined.status === 200) await host.http('POST', '/networks/lan/disconnect', { Container: 'stopped' })
          else expectRefusal(joined)
        }),
        { numRuns: 150 },
      )
    })
  }, 120_000)
})

test('after all of it, nothing stays open in the daemon', async () => {
  await eventually(async () => expect(await host.census()).toEqual(atFirst))
})
