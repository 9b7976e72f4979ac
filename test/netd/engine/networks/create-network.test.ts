/** Networks as the kernel has them, seen through iproute2 and nft. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import { eventually } from '../../../support/eventually.ts'
import { run } from '../../../support/run.ts'
import { createNetwork, inspectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())

interface IpAddress {
  ifname: string
  address: string
  mtu: number
  ifalias?: string
  flags: string[]
  addr_info: { family: string; local: string; prefixlen: number; broadcast?: string }[]
}

const show = async (name: string): Promise<IpAddress> =>
  (await lab.host.json<IpAddress[]>(['ip', '-d', '-j', 'address', 'show', 'dev', name]))[0]!

describe('the default networks', () => {
  test('docker0 stands as every textbook has it', async () => {
    const bridge = await show('docker0')
    expect(bridge).toMatchObject({ address: '02:42:ac:11:00:01', mtu: 1500 })
    expect(bridge.flags).toContain('UP')
    expect(bridge.addr_info).toMatchObject([
      { family: 'inet', local: '172.17.0.1', prefixlen: 16, broadcast: '172.17.255.255' },
    ])
    expect(
      (await lab.host.run(['sysctl', '-n', 'net.ipv4.ip_forward', 'net.ipv4.conf.docker0.route_localnet'])).stdout,
    ).toBe('1\n1\n')
  })

  test('bridge, host and none are there, and cannot be made or removed', async () => {
    expect(['bridge', 'host', 'none'].map((name) => inspectNetwork(lab.engine, name).Driver)).toEqual([
      'bridge',
      'host',
      'null',
    ])
    await expect(createNetwork(lab.engine, { Name: 'host' })).rejects.toMatchObject({
      status: 403,
      message: 'operation is not permitted on predefined host network ',
    })
    await expect(removeNetwork(lab.engine, 'bridge')).rejects.toMatchObject({
      status: 403,
      message: 'bridge is a pre-defined network and cannot be removed',
    })
  })

  test("somebody else's docker0 is left alone", async () => {
    await using beside = await openLaboratory({
      prepare: (host) =>
        host.run([
          'sh',
          '-c',
          'ip link add docker0 type bridge && ip address add 172.17.0.1/16 dev docker0 && ip link set docker0 up',
        ]),
    })
    const network = inspectNetwork(beside.engine, 'bridge')
    expect(network.Options['com.docker.network.bridge.name']).toBe('trestle0')
    expect(network.IPAM.Config[0]!.Subnet).toMatch(/\/24$/)
    expect(beside.messages).toContainEqual(expect.stringContaining('docker0 belongs to somebody else'))
    const links = await beside.host.json<{ ifname: string }[]>(['ip', '-j', 'link'])
    expect(links.map(({ ifname }) => ifname).toSorted()).toEqual(['docker0', 'lo', 'trestle0'])
  })
})

describe('a network', () => {
  test('is a bridge with the gateway on it, until it is removed without a trace', async () => {
    const before = await lab.traces()
    const { Id } = await createNetwork(lab.engine, {
      Name: 'front',
      IPAM: { Config: [{ Subnet: '10.66.0.0/24', Gateway: '10.66.0.254' }] },
      Options: { 'com.docker.network.driver.mtu': '1400' },
    })
    const bridge = await show(`br-${Id.slice(0, 12)}`)
    expect(bridge).toMatchObject({
      address: '02:42:0a:42:00:fe',
      mtu: 1400,
      ifalias: `${lab.engine.config.tag} network ${Id}`,
    })
    expect(bridge.addr_info).toMatchObject([{ local: '10.66.0.254', prefixlen: 24, broadcast: '10.66.0.255' }])
    await removeNetwork(lab.engine, 'front')
    expect(await lab.traces()).toEqual(before)
  })

  test('has IPv6 beside IPv4, a unique local prefix when none is asked for', async () => {
    const { Id } = await createNetwork(lab.engine, { Name: 'six', EnableIPv6: true })
    const { IPAM } = inspectNetwork(lab.engine, 'six')
    expect(IPAM.Config.map(({ Subnet }) => Subnet)).toEqual([
      '172.18.0.0/24',
      expect.stringMatching(/^fd[0-9a-f:]+::\/64$/),
    ])
    const addresses = (await show(`br-${Id.slice(0, 12)}`)).addr_info.map(({ local }) => local)
    expect(addresses).toEqual(expect.arrayContaining(IPAM.Config.map(({ Gateway }) => Gateway)))
    await removeNetwork(lab.engine, 'six')
  })

  test('speaks IPv6 where links of the host do not', async () => {
    const disabled = ['sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1']
    await lab.host.run(disabled)
    const { Id } = await createNetwork(lab.engine, { Name: 'six', EnableIPv6: true })
    const web = await lab.start(lab.container('web', { [Id]: {} }))
    try {
      const { gatewayIpv6 } = web.endpoints[Id]!.lease!
      const ping = ['nsenter', `--net=${lab.sandbox(web)}`, 'ping', '-c1', '-W3', gatewayIpv6!]
      expect((await run(ping)).exitCode).toBe(0)
    } finally {
      await lab.stop(web)
      await removeNetwork(lab.engine, 'six')
      await lab.host.run([...disabled.slice(0, -1), 'net.ipv6.conf.default.disable_ipv6=0'])
    }
  })

  test('with several subnets of a family gives addresses of the next when one is full, and they reach each other', async () => {
    const Config = [
      { Subnet: '10.66.0.0/30' },
      { Subnet: '10.67.0.0/24' },
      { Subnet: 'fd66::/64' },
      { Subnet: 'fd67::/64' },
    ]
    const { Id } = await createNetwork(lab.engine, {
      Name: 'several',
      EnableIPv6: true,
      Internal: true,
      IPAM: { Config },
    })
    const [one, two, three] = [
      await lab.start(lab.container('s1', { [Id]: {} })),
      await lab.start(lab.container('s2', { [Id]: {} })),
      await lab.start(
        lab.container('s3', { [Id]: { IPAMConfig: { IPv4Address: '10.67.0.9', IPv6Address: 'fd67::9' } } }),
      ),
    ]
    const leases = [one, two, three].map(({ endpoints }) => endpoints[Id]!.lease!)
    expect(leases.map(({ ipv4 }) => ipv4)).toEqual(['10.66.0.2/30', '10.67.0.2/24', '10.67.0.9/24'])
    for (const address of ['10.67.0.9', 'fd67::9'])
      await run(['nsenter', `--net=${lab.sandbox(one)}`, 'ping', '-c1', '-W3', address])
    for (const container of [one, two, three]) await lab.stop(container)
    await removeNetwork(lab.engine, Id)
  })

  test('takes the first default pool that no route leads to', async () => {
    await lab.host.run([
      'sh',
      '-c',
      'ip link add vpn0 type veth peer name vpn1 && ip link set vpn0 up && ip link set vpn1 up && ip route add 172.18.0.0/23 dev vpn0',
    ])
    try {
      await createNetwork(lab.engine, { Name: 'beside-vpn' })
      expect(inspectNetwork(lab.engine, 'beside-vpn').IPAM.Config[0]).toEqual({
        Subnet: '172.18.2.0/24',
        Gateway: '172.18.2.1',
      })
      await removeNetwork(lab.engine, 'beside-vpn')
    } finally {
      await lab.host.run(['ip', 'link', 'delete', 'vpn0'])
    }
  })

  test("has the MTU of the default route's device", async () => {
    await lab.host.run([
      'sh',
      '-c',
      'ip link add up0 mtu 1420 type veth peer name up1 && ip address add 192.0.2.1/24 dev up0 && ip link set up0 up && ip link set up1 up && ip link set lo up && ip route add default dev lo metric 10 && ip route add default via 192.0.2.2 metric 5',
    ])
    try {
      const { Id } = await createNetwork(lab.engine, { Name: 'tunnelled' })
      expect((await show(`br-${Id.slice(0, 12)}`)).mtu).toBe(1420)
      await removeNetwork(lab.engine, 'tunnelled')
    } finally {
      await lab.host.run(['ip', 'route', 'delete', 'default', 'dev', 'lo'])
      await lab.host.run(['ip', 'link', 'delete', 'up0'])
    }
  })
})

test('a network too small for IPv6 works, its container without a sysctl that is not there', async () => {
  const { Id } = await createNetwork(lab.engine, {
    Name: 'narrow',
    Options: { 'com.docker.network.driver.mtu': '70' },
  })
  expect((await show(`br-${Id.slice(0, 12)}`)).mtu).toBe(70)
  const sysctls = { 'com.docker.network.endpoint.sysctls': 'net.ipv6.conf.IFNAME.accept_ra=0' }
  await expect(lab.start(lab.container('asks', { [Id]: { DriverOpts: sysctls } }))).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/net\.ipv6\.conf\.IFNAME\.accept_ra does not exist on a link with an MTU of 70/),
  })
  const narrow = await lab.start(lab.container('narrow', { [Id]: {} }))
  const [eth0] = await lab.host.json<IpAddress[]>([
    'nsenter',
    `--net=${lab.sandbox(narrow)}`,
    'ip',
    '-j',
    'link',
    'show',
    'eth0',
  ])
  expect(eth0!.mtu).toBe(70)
  await lab.stop(narrow)
  await removeNetwork(lab.engine, 'narrow')
})

describe('what dockerd refuses, with its status and sentence, and nothing made', () => {
  // The kernel takes the link of a namespace that has ended on its own time.
  beforeAll(() =>
    eventually(async () => {
      const links = await lab.host.json<{ ifname: string }[]>(['ip', '-j', 'link'])
      expect(links.filter(({ ifname }) => ifname.startsWith('veth'))).toEqual([])
    }),
  )
  const pool = (config: object, rest: object = {}): object => ({ IPAM: { Config: [config] }, ...rest })
  const cases: [string, object, number, string | RegExp][] = [
    ['no name', { Name: ' ' }, 400, 'invalid name:  '],
    ['unknown driver', { Driver: 'warp' }, 404, 'plugin "warp" not found'],
    ['unknown IPAM driver', { IPAM: { Driver: 'warp' } }, 404, 'plugin "warp" not found'],
    ['second host network', { Driver: 'host' }, 403, 'only one instance of "host" network is allowed'],
    ['swarm scope', { Scope: 'swarm' }, 403, 'cannot create a swarm scoped network when swarm is not active'],
    [
      'malformed subnet',
      pool({ Subnet: '10.67.0.0/33' }),
      400,
      'Invalid subnet 10.67.0.0/33 : invalid CIDR address: 10.67.0.0/33',
    ],
    ['gateway without subnet', pool({ Gateway: '10.67.0.1' }), 400, 'Invalid subnet  : invalid CIDR address: '],
    [
      'malformed gateway',
      pool({ Subnet: '10.67.0.0/24', Gateway: 'x' }),
      400,
      'invalid gateway address x in Ipam configuration',
    ],
    [
      'gateway outside',
      pool({ Subnet: '10.67.0.0/24', Gateway: '10.68.0.1' }),
      400,
      'failed to allocate gateway (10.68.0.1): Requested address is out of range',
    ],
    [
      'gateway is the broadcast address',
      pool({ Subnet: '10.67.0.0/24', Gateway: '10.67.0.255' }),
      400,
      'failed to allocate gateway (10.67.0.255): Address already in use',
    ],
    [
      'no room for a gateway',
      pool({ Subnet: '10.67.0.0/32' }),
      400,
      /^failed to allocate gateway \(\): No available addresses on this pool/,
    ],
    [
      'range outside',
      pool({ Subnet: '10.67.0.0/24', IPRange: '10.68.0.0/25' }),
      400,
      /^invalid ip-range 10\.68\.0\.0\/25/,
    ],
    [
      'auxiliary address outside',
      pool({ Subnet: '10.67.0.0/24', AuxiliaryAddresses: { a: '10.68.0.9' } }),
      403,
      'auxiliary address: (a:10.68.0.9) must belong to the master pool: 10.67.0.0/24',
    ],
    [
      'auxiliary address is the gateway',
      pool({ Subnet: '10.67.0.0/24', AuxiliaryAddresses: { a: '10.67.0.1' } }),
      400,
      'failed to allocate secondary ip address (a:10.67.0.1): Address already in use',
    ],
    [
      'overlap with the default network',
      pool({ Subnet: '172.17.5.0/24' }),
      403,
      'Pool overlaps with other one on this address space: 172.17.5.0/24 overlaps with network bridge (172.17.0.0/16)',
    ],
    [
      'bad MTU',
      { Options: { 'com.docker.network.driver.mtu': 'many' } },
      400,
      'failed to parse com.docker.network.driver.mtu value: many (strconv.Atoi: parsing "many": invalid syntax)',
    ],
    [
      'an option nobody has',
      { Options: { 'com.docker.network.bridge.enable_iccc': 'true' } },
      400,
      /^invalid option "com\.docker\.network\.bridge\.enable_iccc": the bridge driver does not have it, but .*com\.docker\.network\.bridge\.enable_icc, /,
    ],
    [
      'IPv6 by an option, on links too small for it',
      { Options: { 'com.docker.network.enable_ipv6': 'true', 'com.docker.network.driver.mtu': '1279' } },
      400,
      'invalid MTU number: 1279 (IPv6 needs 1280)',
    ],
    ['negative MTU', { Options: { 'com.docker.network.driver.mtu': '-1' } }, 400, /^invalid MTU number: -1/],
    [
      'bad switch',
      { Options: { 'com.docker.network.bridge.enable_icc': 'maybe' } },
      400,
      'failed to parse com.docker.network.bridge.enable_icc value: maybe (strconv.ParseBool: parsing "maybe": invalid syntax)',
    ],
    [
      'bridge name taken',
      { Options: { 'com.docker.network.bridge.name': 'docker0' } },
      403,
      /^cannot create network .{64} \(docker0\): conflicts with network bridge \(docker0\): networks have same bridge name$/,
    ],
    [
      'bridge name of what is no bridge',
      { Options: { 'com.docker.network.bridge.name': 'lo' } },
      409,
      "cannot use lo as a bridge: the host's interface of that name is no bridge",
    ],
    [
      'bridge name too long',
      { Options: { 'com.docker.network.bridge.name': 'sixteen-letters-' } },
      400,
      /com\.docker\.network\.bridge\.name/,
    ],
    ['no family', { EnableIPv4: false }, 400, 'IPv4 or IPv6 must be enabled'],
    [
      'unknown configuration network',
      { ConfigFrom: { Network: 'x' } },
      404,
      'configuration network "x" does not exist',
    ],
  ]
  test.each(cases)('%s', async (_title, request, status, message) => {
    const before = await lab.traces()
    await expect(createNetwork(lab.engine, { Name: 'refused', ...request })).rejects.toMatchObject({
      status,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect(await lab.traces()).toEqual(before)
    expect(lab.engine.store.networks.find(({ name }) => name === 'refused')).toBeUndefined()
  })

  test('a name that is taken, also by a request at the same time', async () => {
    const results = await Promise.allSettled([
      createNetwork(lab.engine, { Name: 'twice' }),
      createNetwork(lab.engine, { Name: 'twice' }),
    ])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((result) => result.status === 'rejected')!.reason).toMatchObject({
      status: 409,
      message: 'network with name twice already exists',
    })
    await removeNetwork(lab.engine, 'twice')
  })
})
