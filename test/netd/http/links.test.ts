/** /trestle/v1/links, on a hermetic host, seen through iproute2. */
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkMark } from '../../../netd/engine/links/plan-link.ts'
import { birthGroup } from '../../../netd/kernel/birth-group.ts'
import { eventually } from '../../support/eventually.ts'
import { startHost, type HermeticHost, type HttpResponse } from '../../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
})
afterAll(() => host[Symbol.asyncDispose]())

beforeEach(async () => {
  for (const { name } of (await host.http('GET', '/trestle/v1/namespaces')).body)
    await host.http('DELETE', `/trestle/v1/namespaces/${name}`)
  for (const name of ['red', 'blue'])
    expect((await host.http('POST', '/trestle/v1/namespaces', { name })).status).toBe(201)
})

interface IpLink {
  ifname: string
  address: string
  mtu: number
  ifalias: string
  operstate: string
  linkinfo: { info_kind: string }
  addr_info: { local: string; prefixlen: number; scope: string }[]
}

const path = '/trestle/v1/links'
const red = { node: 'red', interface: 'veth-red' }
const blue = { node: 'blue', interface: 'veth-blue' }
const create = (near: object, far: object, rest: object = {}): Promise<HttpResponse> =>
  host.http('POST', path, { ends: [near, far], ...rest })
const interfaces = async (namespace: string): Promise<string[]> =>
  (await host.json<IpLink[]>(['ip', '-n', namespace, '-j', 'link'])).map(({ ifname }) => ifname)
const show = async (namespace: string, name: string): Promise<IpLink> =>
  (await host.json<IpLink[]>(['ip', '-n', namespace, '-d', '-j', 'address', 'show', 'dev', name]))[0]!

describe('a link', () => {
  test('is a veth pair, up, each end in its namespace with the address, MAC and MTU asked for', async () => {
    const { status, body } = await create(
      { ...red, addresses: ['10.0.0.1/24', 'fd00::1/64'], mac: '02:00:00:00:00:0a' },
      { ...blue, addresses: ['10.0.0.2/24', 'fd00::2/64'], mac: '02:00:00:00:00:0b' },
      { mtu: 1400 },
    )
    expect(status).toBe(201)

    await eventually(async () => expect(await show('red', 'veth-red')).toMatchObject({ operstate: 'UP' }))
    const near = await show('red', 'veth-red')
    expect(near).toMatchObject({
      address: '02:00:00:00:00:0a',
      mtu: 1400,
      ifalias: `trestle link ${body.id.slice(0, 12)}`,
      linkinfo: { info_kind: 'veth' },
    })
    expect(
      near.addr_info.filter(({ scope }) => scope === 'global').map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    ).toEqual(['10.0.0.1/24', 'fd00::1/64'])
    expect(await show('blue', 'veth-blue')).toMatchObject({
      address: '02:00:00:00:00:0b',
      mtu: 1400,
      ifalias: near.ifalias,
    })
    for (const address of ['10.0.0.2', 'fd00::2'])
      await host.run(['ip', 'netns', 'exec', 'red', 'ping', '-c', '1', '-W', '2', address])

    expect((await host.http('GET', path)).body).toEqual([body])
    expect((await host.http('DELETE', `${path}/${body.id}`)).status).toBe(204)
    expect(await interfaces('red')).toEqual(['lo'])
    expect(await interfaces('blue')).toEqual(['lo'])
    expect((await host.http('GET', path)).body).toEqual([])
  })

  test('is found by a prefix of its id, and whatever its ends are called by now', async () => {
    const { body } = await create(red, blue)
    await host.run(['ip', '-n', 'red', 'link', 'set', 'veth-red', 'down'])
    await host.run(['ip', '-n', 'red', 'link', 'set', 'veth-red', 'name', 'renamed'])
    expect((await host.http('DELETE', `${path}/${body.id.slice(0, 12)}`)).status).toBe(204)
    expect(await interfaces('blue')).toEqual(['lo'])
  })

  test('goes with either of its namespaces', async () => {
    await create(red, blue)
    await host.http('DELETE', '/trestle/v1/namespaces/blue')
    expect((await host.http('GET', path)).body).toEqual([])
    // The kernel's own clean-up of the namespace takes the pair.
    await eventually(async () => expect(await interfaces('red')).toEqual(['lo']))
  })

  test('that "ip link delete" took away is forgotten', async () => {
    const { body } = await create(red, blue)
    await host.run(['ip', '-n', 'blue', 'link', 'delete', 'veth-blue'])
    expect((await host.http('GET', path)).body).toEqual([])
    const gone = await host.http('DELETE', `${path}/${body.id}`)
    expect([gone.status, gone.body]).toEqual([404, { message: `link ${body.id} not found` }])
  })
})

describe('what cannot be is refused with a sentence, and leaves nothing', () => {
  test.each<[what: string, near: object, far: object, rest: object, status: number, message: string]>([
    [
      'an unknown node',
      { node: 'nobody', interface: 'x' },
      blue,
      {},
      404,
      'No such node: nobody is neither a namespace nor a container',
    ],
    [
      'both ends the same',
      red,
      red,
      {},
      400,
      'both ends of the link are veth-red of red: they need different names or nodes',
    ],
    ['an interface that exists', { node: 'red', interface: 'lo' }, blue, {}, 409, 'interface lo already exists in red'],
    ['at the far end, too', red, { node: 'blue', interface: 'lo' }, {}, 409, 'interface lo already exists in blue'],
    [
      'a long name',
      { node: 'red', interface: 'interface-number-1' },
      blue,
      {},
      400,
      'invalid parameter: ends.0.interface: an interface name has 1 to 15 characters, none of them white space, "/", ":" or "%"',
    ],
    [
      'a bad CIDR',
      { ...red, addresses: ['10.0.0.1/33'] },
      blue,
      {},
      400,
      'invalid parameter: ends.0.addresses.0: not an address with a prefix length, such as 10.0.0.1/24 or fd00::1/64',
    ],
    [
      'an address of a group',
      red,
      { ...blue, addresses: ['224.0.0.1/24'] },
      {},
      400,
      'invalid parameter: ends.1.addresses.0: not an address that one interface can have',
    ],
    [
      'a MAC address of a group',
      { ...red, mac: '01:00:00:00:00:01' },
      blue,
      {},
      400,
      'invalid parameter: ends.0.mac: not a unicast MAC address: the first octet must be even, and not all may be zero',
    ],
    ['a small MTU', red, blue, { mtu: 10 }, 400, 'invalid parameter: mtu: the smallest MTU is 68'],
    [
      'a small MTU for IPv6',
      { ...red, addresses: ['fd00::1/64'] },
      blue,
      { mtu: 1000 },
      400,
      'an MTU of 1000 is too small for the IPv6 address fd00::1/64: IPv6 needs at least 1280',
    ],
    [
      'an address at both ends',
      { ...red, addresses: ['10.0.0.1/24'] },
      { ...blue, addresses: ['10.0.0.1/24'] },
      {},
      400,
      'address 10.0.0.1 is given to the link twice',
    ],
    [
      'an address twice',
      { ...red, addresses: ['10.0.0.1/24', '10.0.0.1/24'] },
      blue,
      {},
      400,
      'address 10.0.0.1 is given to the link twice',
    ],
  ])('%s', async (_, near, far, rest, status, message) => {
    const { status: found, body } = await create(near, far, rest)
    expect([found, body]).toEqual([status, { message }])
    expect(await interfaces('red')).toEqual(['lo'])
    expect(await interfaces('blue')).toEqual(['lo'])
    expect((await host.http('GET', path)).body).toEqual([])
  })

  test('what the kernel itself refuses, once the pair stands and has its other addresses', async () => {
    const { status, body } = await create({ ...red, addresses: ['10.0.0.1/24', '::1/128'] }, blue)
    expect(status).toBe(400)
    expect(body.message).toMatch(/^cannot give ::1\/128 to veth-red of red: \S/)
    expect(await interfaces('red')).toEqual(['lo'])
    expect(await interfaces('blue')).toEqual(['lo'])
  })

  test('one end only', async () => {
    const { status, body } = await host.http('POST', path, { ends: [red] })
    expect(status).toBe(400)
    expect(body.message).toMatch(/^invalid parameter: ends/)
  })

  test('an unknown id', async () => {
    const { status, body } = await host.http('DELETE', `${path}/0123`)
    expect([status, body]).toEqual([404, { message: 'link 0123 not found' }])
  })
})

describe('between a container and a namespace', () => {
  const container = { node: 'box', interface: 'eth7' }

  test('works while the container runs, and goes with it', async () => {
    await host.docker(['create', '--name', 'box', '--network', 'none', 'trestle/toolbox', 'sleep', '600'])
    const early = await create(container, red)
    expect([early.status, early.body]).toEqual([
      409,
      { message: 'container box is not running: start it, then link it' },
    ])

    await host.docker(['start', 'box'])
    const link = await create({ ...container, addresses: ['10.9.0.1/24'] }, { ...red, addresses: ['10.9.0.2/24'] })
    expect(link.status).toBe(201)
    await host.docker(['exec', 'box', 'ping', '-c', '1', '-W', '2', '10.9.0.2'])

    await host.docker(['rm', '-f', 'box'])
    expect((await host.http('GET', path)).body).toEqual([])
    await eventually(async () => expect(await interfaces('red')).toEqual(['lo']))
  })

  test('is refused for a container that shares the host’s network', async () => {
    await host.docker(['run', '-d', '--name', 'box', '--network', 'host', 'trestle/toolbox', 'sleep', '600'])
    const { status, body } = await create(container, red)
    expect([status, body]).toEqual([
      400,
      { message: 'container box has no network namespace of its own (--network host): give the link another node' },
    ])
    await host.docker(['rm', '-f', 'box'])
  })
})

test.each([
  ['marked', false],
  ['not marked yet', true],
])('one that is half made, and %s, when netd is killed is gone with the next start', async (_what, isHalfBorn) => {
  const { body } = await create(red, blue)
  await host.stopNetd('SIGKILL')
  const database = new DatabaseSync(`${host.dataRoot}/netd.db`)
  const { changes } = database
    .prepare("UPDATE links SET value = json_set(value, '$.isDraft', json('true')) WHERE key = ?")
    .run(body.id)
  expect(changes).toBe(1)
  database.close()
  if (isHalfBorn) {
    const group = String(birthGroup(linkMark(body.id)))
    await host.run(['ip', '-n', 'red', 'link', 'set', 'veth-red', 'alias', '', 'group', group])
  }
  await host.startNetd()
  expect(await interfaces('red')).toEqual(['lo'])
  expect((await host.http('GET', path)).body).toEqual([])
  expect((await create(red, blue)).status).toBe(201)
})
