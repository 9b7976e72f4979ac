import { rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { KernelError, KernelStep } from '../../../netd/kernel/kernel.ts'
import { eventually } from '../../support/eventually.ts'
import { testHost } from './host.ts'

const endpoint = (host: string, container: string): KernelStep[] => [
  { do: 'netns.create', path: container },
  { do: 'link.add', namespace: host, name: 'br0', kind: 'bridge', mac: '02:42:ac:1e:00:01', isUp: true, alias: 'ours' },
  { do: 'address.add', namespace: host, link: 'br0', address: '172.30.0.1/24', broadcast: '172.30.0.255' },
  {
    do: 'link.add',
    namespace: host,
    name: 'veth1',
    kind: 'veth',
    peer: { namespace: container, name: 'eth0', mac: '02:42:ac:1e:00:02', mtu: 1400 },
    master: 'br0',
    mtu: 1400,
    isUp: true,
    port: { isHairpin: true, isIsolated: true },
  },
  { do: 'address.add', namespace: container, link: 'eth0', address: '172.30.0.2/24', broadcast: '172.30.0.255' },
  { do: 'address.add', namespace: container, link: 'eth0', address: 'fd00::2/64', isNoDad: true },
  { do: 'link.set', namespace: container, name: 'eth0', isUp: true },
  { do: 'route.add', namespace: container, destination: 'default', via: '172.30.0.1' },
  { do: 'route.add', namespace: container, destination: '10.9.0.0/16', type: 'blackhole', table: 1000, metric: 7 },
  { do: 'rule.add', namespace: container, priority: 99, from: '172.30.0.2', table: 1000, mark: 5 },
  { do: 'neighbour.add', namespace: container, link: 'eth0', address: '172.30.0.9', mac: '02:42:ac:1e:00:09' },
  { do: 'sysctl.set', namespace: host, name: 'net.ipv4.ip_forward', value: '1' },
]

test('an endpoint: bridge, veth with its peer born in the container’s namespace, addresses, routes', async () => {
  await using host = await testHost()
  const container = host.path('container')
  const results = await host.kernel.apply(endpoint(host.namespace, container))

  const [bridge, veth] = (await host.json(host.namespace, ['ip', '-j', '-d', 'link'])).slice(1)
  expect(results[1]).toEqual({ index: bridge.ifindex, mac: '02:42:ac:1e:00:01' })
  expect(bridge).toMatchObject({ ifname: 'br0', ifalias: 'ours', operstate: 'UP', linkinfo: { info_kind: 'bridge' } })
  expect(veth).toMatchObject({
    ifname: 'veth1',
    master: 'br0',
    mtu: 1400,
    operstate: 'UP',
    linkinfo: { info_slave_data: { hairpin: true, isolated: true } },
  })

  const [lo, eth0] = await host.json(container, ['ip', '-j', 'addr'])
  expect(lo.flags).toContain('UP')
  expect(eth0).toMatchObject({ ifname: 'eth0', address: '02:42:ac:1e:00:02', mtu: 1400, operstate: 'UP' })
  expect(eth0.addr_info).toMatchObject([
    { local: '172.30.0.2', prefixlen: 24, broadcast: '172.30.0.255' },
    { local: 'fd00::2', prefixlen: 64, nodad: true },
    { local: 'fe80::42:acff:fe1e:2' },
  ])
  expect(await host.json(container, ['ip', '-j', 'route'])).toMatchObject([
    { dst: 'default', gateway: '172.30.0.1', dev: 'eth0' },
    { dst: '172.30.0.0/24' },
  ])
  expect(await host.json(container, ['ip', '-j', 'route', 'show', 'table', '1000'])).toMatchObject([
    { type: 'blackhole', dst: '10.9.0.0/16', metric: 7 },
  ])
  expect(await host.json(container, ['ip', '-j', 'rule', 'show', 'priority', '99'])).toMatchObject([
    { priority: 99, src: '172.30.0.2', fwmark: '0x5', table: '1000' },
  ])
  expect(await host.json(container, ['ip', '-j', 'neigh', 'show', 'nud', 'permanent'])).toMatchObject([
    { dst: '172.30.0.9', lladdr: '02:42:ac:1e:00:09' },
  ])
  expect(await host.in(container, ['ping', '-c1', '-W2', '172.30.0.1'])).toContain('1 received')
})

test('reads agree with what was written', async () => {
  await using host = await testHost()
  const container = host.path('container')
  const { kernel, namespace } = host
  await kernel.apply(endpoint(namespace, container))
  // The kernel's linkwatch brings the carrier, up to a second later.
  const links = await eventually(async () => {
    const found = await kernel.links(namespace)
    const wanted = { kind: 'bridge', isUp: true, hasCarrier: true, isLoopback: false, alias: 'ours' }
    expect(found.find(({ name }) => name === 'br0')).toMatchObject(wanted)
    return found
  })
  const bridge = links.find(({ name }) => name === 'br0')!
  const eth0 = (await kernel.links(container)).find(({ name }) => name === 'eth0')
  const veth = links.find(({ name }) => name === 'veth1')!
  expect(veth).toMatchObject({ kind: 'veth', masterIndex: bridge.index, linkIndex: eth0!.index })
  // What a pin was mounted on, for as long as it takes to remove it.
  const bare = host.path('bare')
  await writeFile(bare, '')
  const candidates = [namespace, bare, host.path('absent'), container]
  expect((await kernel.peerNamespaces(namespace, candidates)).get(veth.linkNetnsId!)).toBe(container)
  await expect(kernel.links(bare)).rejects.toMatchObject({ errno: 'ENOENT' })
  await rm(bare)
  expect(await kernel.addresses(container)).toContainEqual({
    linkIndex: eth0!.index,
    address: '172.30.0.2/24',
    family: 'ipv4',
    scope: 'global',
    label: 'eth0',
  })
  const routes = await kernel.routes(container)
  expect(routes).toContainEqual({
    family: 'ipv4',
    destination: 'default',
    gateway: '172.30.0.1',
    linkIndex: eth0!.index,
    table: 254,
    type: 'unicast',
    scope: 'global',
  })
  expect(routes).toContainEqual({
    family: 'ipv4',
    destination: '10.9.0.0/16',
    table: 1000,
    metric: 7,
    type: 'blackhole',
    scope: 'global',
  })
  expect(JSON.parse(await host.in(container, ['ip', '-j', 'neigh']))).toContainEqual({
    dst: '172.30.0.9',
    dev: 'eth0',
    lladdr: '02:42:ac:1e:00:09',
    state: ['PERMANENT'],
  })
  expect(await kernel.sysctl(namespace, 'net.ipv4.ip_forward')).toBe('1')
})

test('a list that fails at any position leaves the kernel as it was', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const steps = endpoint(namespace, host.path('container'))
  const before = await host.picture()
  for (let count = 1; count <= steps.length; count++) {
    const failing: KernelStep[] = [...steps.slice(0, count), { do: 'link.set', namespace, name: 'nothing', isUp: true }]
    const error = (await kernel.apply(failing).then(
      () => undefined,
      (reason: unknown) => reason,
    )) as KernelError
    expect(error).toMatchObject({ name: 'KernelError', operation: 'link.set nothing', errno: 'ENODEV', step: count })
    expect(error.cause).toBeUndefined()
    expect(await host.picture()).toEqual(before)
  }
})

test('what a link was before comes back: name, MAC, MTU, alias, master, port flags, up', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([
    { do: 'link.add', namespace, name: 'br0', kind: 'bridge', mac: '02:00:00:00:00:0a', isUp: true },
    { do: 'link.add', namespace, name: 'br1', kind: 'bridge', mac: '02:00:00:00:00:0b', isUp: true },
    {
      do: 'link.add',
      namespace,
      name: 'va',
      kind: 'veth',
      peer: { namespace, name: 'vb' },
      mac: '02:00:00:00:00:01',
      master: 'br0',
      alias: 'old',
      port: { isHairpin: true },
    },
  ])
  const before = await host.picture()
  const failing: KernelStep = { do: 'address.add', namespace, link: 'va', address: '10.0.0.1/33' }
  const changes: KernelStep[] = [
    { do: 'link.set', namespace, name: 'va', newName: 'vc', mac: '02:00:00:00:00:02', mtu: 1300, alias: 'new' },
    { do: 'link.set', namespace, name: 'va', master: 'br1', port: { isIsolated: true } },
    { do: 'link.set', namespace, name: 'va', master: null, isUp: true },
    { do: 'link.set', namespace, name: 'br0', isUp: false },
  ]
  for (const change of changes) {
    await expect(
      kernel.apply([change, { ...failing, link: change.do === 'link.set' ? (change.newName ?? change.name) : '' }]),
    ).rejects.toThrow('ipv4: Invalid prefix length (EINVAL)')
    expect(await host.picture()).toEqual(before)
  }
})

test('an error names the step, the errno and the kernel’s own sentence', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const message = (step: KernelStep): Promise<string> =>
    kernel.apply([step]).then(
      () => 'no error',
      (error: Error) => error.message,
    )
  expect(await message({ do: 'address.add', namespace, link: 'lo', address: '10.0.0.1/40' })).toBe(
    'address.add lo 10.0.0.1/40: ipv4: Invalid prefix length (EINVAL)',
  )
  expect(await message({ do: 'address.add', namespace, link: 'lo', address: '10.0.0.256/24' })).toBe(
    'address.add lo 10.0.0.256/24: not an IP address: 10.0.0.256/24 (EINVAL)',
  )
  expect(await message({ do: 'link.add', namespace, name: 'lo', kind: 'bridge' })).toBe(
    'link.add lo: File exists (EEXIST)',
  )
  expect(await message({ do: 'link.add', namespace, name: 'a-name-that-is-too-long', kind: 'bridge' })).toMatch(
    /^link.add a-name-that-is-too-long: .*\(ERANGE\)$/,
  )
  expect(await message({ do: 'route.add', namespace, destination: 'default', via: '10.0.0.1' })).toBe(
    'route.add default via 10.0.0.1: Nexthop has invalid gateway (ENETUNREACH)',
  )
  expect(await message({ do: 'netns.create', path: namespace })).toBe(
    `netns.create ${namespace}: ${namespace}: file already exists (EEXIST)`,
  )
  expect(await message({ do: 'link.set', namespace: '/run/nothing/here', name: 'lo' })).toBe(
    'link.set lo: /run/nothing/here: no such file or directory (ENOENT)',
  )
  expect(await message({ do: 'sysctl.set', namespace, name: 'kernel.hostname', value: 'x' })).toBe(
    'sysctl.set kernel.hostname: not the name of a network sysctl: kernel.hostname (EINVAL)',
  )
})

test('when undoing fails, the first error stands, and says so in its cause', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'link.add', namespace, name: 'br0', kind: 'bridge' }])
  const error = await kernel
    .apply([
      { do: 'link.delete', namespace, name: 'br0' },
      { do: 'link.set', namespace, name: 'nothing' },
    ])
    .catch((reason: KernelError) => reason)
  expect(error).toMatchObject({
    errno: 'ENODEV',
    step: 1,
    cause: {
      message: 'undoing failed as well: link.delete br0: was done and cannot be taken back (ENOTRECOVERABLE)',
      errors: [{ operation: 'link.delete br0' }],
    },
  })
})

test('a macvlan is born in another namespace than its parent, also under a name that is taken there', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const container = host.path('container')
  const mac = '02:42:0a:00:00:02'
  const eth0: KernelStep = {
    do: 'link.add',
    namespace: container,
    name: 'eth0',
    kind: 'macvlan',
    parent: 'eth0',
    parentNamespace: namespace,
    mode: 'passthru',
    mac,
  }
  await kernel.apply([
    { do: 'netns.create', path: container },
    { do: 'link.add', namespace, name: 'eth0', kind: 'veth', peer: { namespace, name: 'far' } },
  ])
  await kernel.apply([eth0])
  const address = async (where: string): Promise<string> =>
    (await host.json(where, ['ip', '-j', 'link', 'show', 'eth0']))[0].address
  expect([await address(container), await address(namespace)]).toEqual([mac, mac])
  const before = await host.picture(container)
  // The name is taken where it should be: nothing is left under the name it was born with.
  await expect(kernel.apply([{ ...eth0, mode: 'bridge', parent: 'far' }])).rejects.toMatchObject({ errno: 'EEXIST' })
  expect(await host.picture(container)).toEqual(before)
  await expect(kernel.apply([{ ...eth0, name: 'eth1', parent: 'nothing' }])).rejects.toMatchObject({
    errno: 'ENODEV',
    message: 'link.add eth1: the requested parent interface nothing was not found on the host (ENODEV)',
  })
})

test('macvlan and vxlan', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([
    { do: 'link.add', namespace, name: 'va', kind: 'veth', peer: { namespace, name: 'vb' } },
    { do: 'link.add', namespace, name: 'mv', kind: 'macvlan', parent: 'va', mode: 'bridge' },
    {
      do: 'link.add',
      namespace,
      name: 'vx',
      kind: 'vxlan',
      id: 42,
      parent: 'va',
      local: '10.0.0.1',
      group: '239.1.1.1',
      learning: false,
    },
  ])
  const links = await host.json(namespace, ['ip', '-j', '-d', 'link'])
  expect(links).toContainEqual(
    expect.objectContaining({
      ifname: 'mv',
      link: 'va',
      linkinfo: expect.objectContaining({
        info_kind: 'macvlan',
        info_data: expect.objectContaining({ mode: 'bridge' }),
      }),
    }),
  )
  expect(links).toContainEqual(
    expect.objectContaining({
      ifname: 'vx',
      linkinfo: expect.objectContaining({
        info_kind: 'vxlan',
        info_data: expect.objectContaining({
          id: 42,
          group: '239.1.1.1',
          local: '10.0.0.1',
          port: 4789,
          learning: false,
        }),
      }),
    }),
  )
})
