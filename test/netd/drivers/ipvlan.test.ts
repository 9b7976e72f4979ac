/** The ipvlan driver as a pure function, and its default routes; test/vm/ipvlan.test.ts has a kernel with ipvlan. */
import { describe, expect, test } from 'vitest'
import type { HostView, NetworkWish } from '../../../netd/drivers/driver.ts'
import { ipvlanDriver } from '../../../netd/drivers/ipvlan/index.ts'
import { macvlanDriver } from '../../../netd/drivers/macvlan/index.ts'
import { defaultRoutes, moveDefaultRoutes } from '../../../netd/engine/sandbox/default-route.ts'
import type { Link } from '../../../netd/kernel/model.ts'
import type { EndpointLease, NetworkRecord } from '../../../netd/store/records.ts'

const context = { host: '/proc/self/ns/net', table: 'trestle' }
const up0: Link = {
  index: 7,
  group: 0,
  name: 'up0',
  mac: '02:00:00:00:00:07',
  mtu: 1400,
  isUp: true,
  hasCarrier: true,
  isLoopback: false,
}

function host(networks: Partial<NetworkRecord>[] = [], hasIpvlan = true): HostView {
  return {
    link: async (name) => (name === 'up0' ? up0 : undefined),
    addresses: async () => [],
    sysctl: async () => '0',
    hasLinkKind: async () => hasIpvlan,
    defaultMtu: async () => 1500,
    networks: () => networks as NetworkRecord[],
    isOurs: () => false,
  }
}

const wish = (options: Record<string, string>, rest: Partial<NetworkWish> = {}): NetworkWish => ({
  id: 'ab'.repeat(32),
  options,
  isInternal: false,
  isIpv6: false,
  pools: [],
  ...rest,
})
const plan = (options: Record<string, string>, others?: Partial<NetworkRecord>[]): Promise<unknown> =>
  ipvlanDriver.plan(host(others), wish(options))
const other = (driver: string, options: Record<string, string> = {}): Partial<NetworkRecord> => ({
  name: 'other',
  driver,
  options,
  driverState: { parent: 'up0' },
})

describe('a network', () => {
  test('rides on its parent, with its MTU, or leads nowhere', async () => {
    expect(await plan({ parent: 'up0' })).toEqual({ mtu: 1400, driverState: { parent: 'up0' } })
    const inner = { parent: 'di-abababababab', made: 'isolated' }
    expect(await plan({})).toEqual({ mtu: 1500, driverState: inner })
    expect(await ipvlanDriver.plan(host(), wish({ parent: 'up0' }, { isInternal: true }))).toMatchObject({
      driverState: inner,
    })
    expect(await plan({ parent: 'up0.10' })).toMatchObject({ driverState: { made: 'vlan', trunk: 'up0' } })
  })

  test.each<[string, Record<string, string>, Partial<NetworkRecord>[], RegExp]>([
    [
      'mode',
      { ipvlan_mode: 'l4' },
      [],
      /^requested ipvlan mode 'l4' is not valid, 'l2' mode is the ipvlan driver default/,
    ],
    [
      'flag',
      { ipvlan_flag: 'open' },
      [],
      /^requested ipvlan flag 'open' is not valid, 'bridge' is the ipvlan driver default/,
    ],
    ['loopback', { parent: 'lo' }, [], /^loopback interface is not a valid ipvlan parent link$/],
    ['no parent', { parent: 'up9.5' }, [], /parent interface was not found on the host: up9/],
    ['MTU', { parent: 'up0', 'com.docker.network.driver.mtu': '1500' }, [], /the parent up0 has 1400/],
    [
      'other mode',
      { parent: 'up0' },
      [other('ipvlan', { ipvlan_mode: 'l3' })],
      /^network other is already using parent interface up0 in mode l3, flag bridge/,
    ],
    [
      'other driver',
      { parent: 'up0' },
      [other('macvlan')],
      /^macvlan network other is already using parent interface up0/,
    ],
  ])('is refused: %s', async (_title, options, others, message) => {
    await expect(plan(options, others)).rejects.toThrow(message)
  })

  test('shares its parent with another of its mode; a macvlan network cannot', async () => {
    expect(await plan({ parent: 'up0' }, [other('ipvlan')])).toMatchObject({ driverState: { parent: 'up0' } })
    await expect(macvlanDriver.plan(host([other('ipvlan')]), wish({ parent: 'up0' }))).rejects.toThrow(
      /^ipvlan network other is already using parent interface up0, which the kernel gives to one kind of link alone$/,
    )
  })

  test('on a kernel without it is refused with the option and the module', async () => {
    await expect(ipvlanDriver.plan(host([], false), wish({ parent: 'up0' }))).rejects.toMatchObject({
      status: 501,
      message: 'this kernel has no ipvlan links (CONFIG_IPVLAN, module ipvlan)',
    })
  })
})

const lease: EndpointLease = {
  endpointId: 'cd'.repeat(32),
  hostInterface: '',
  interface: 'eth0',
  mac: '',
  mtu: 1400,
  ipv4: '10.9.0.5/24',
}
const network = (options: Record<string, string>): NetworkRecord =>
  ({ name: 'lan', options, isInternal: false, pools: [], driverState: { parent: 'up0' } }) as unknown as NetworkRecord

test('an endpoint is a link without a MAC of its own, and to cut it off is to delete it', () => {
  const endpoint = {
    network: network({ ipvlan_mode: 'l3s', ipvlan_flag: 'vepa' }),
    lease,
    sandbox: '/run/c',
    options: {},
  }
  const [link] = ipvlanDriver.connect(context, endpoint)
  expect(link).toEqual({
    do: 'link.add',
    namespace: '/run/c',
    name: 'eth0',
    kind: 'ipvlan',
    mode: 'l3s',
    flag: 'vepa',
    parent: 'up0',
    parentNamespace: context.host,
    mtu: 1400,
  })
  expect(ipvlanDriver.isolate(context, endpoint)).toEqual([{ do: 'link.delete', namespace: '/run/c', name: 'eth0' }])
  expect(ipvlanDriver.macRefusal(endpoint.network)).toMatch(/do not support custom mac address/)
  expect(['l2', 'l3', 'l3s'].map((mode) => ipvlanDriver.wayOut(network({ ipvlan_mode: mode })))).toEqual([
    'gateway',
    'link',
    'link',
  ])
})

describe('the default route of an endpoint that needs no gateway', () => {
  const active = (
    name: string,
    interface_: string,
    rest: Partial<EndpointLease>,
  ): Parameters<typeof defaultRoutes>[0] => [
    {
      network: { ...network({}), name },
      endpoint: { networkId: '', request: {} },
      lease: { ...lease, interface: interface_, ...rest },
    },
  ]
  const direct = active('b', 'eth0', { isOnLink: true, ipv6: 'fd09::5/64' })
  const routed = active('a', 'eth1', { gateway: '10.7.0.1' })
  const namespace = '/run/c'

  test('is by its link, in each family that it has an address of', () => {
    expect(defaultRoutes(direct)).toEqual({ ipv4: { link: 'eth0' }, ipv6: { link: 'eth0' } })
    expect(moveDefaultRoutes(namespace, {}, defaultRoutes(direct), [])).toEqual([
      { do: 'route.add', namespace, destination: 'default', link: 'eth0' },
      { do: 'route.add', namespace, destination: '::/0', link: 'eth0' },
    ])
  })

  test('gives way to that of a network before it, and the user’s own to nobody', () => {
    const after = defaultRoutes([...direct, ...routed])
    expect(after.ipv4).toEqual({ link: 'eth1', via: '10.7.0.1' })
    const standing = { destination: 'default', table: 254, type: 'unicast', scope: 'link', linkIndex: 3 } as const
    expect(moveDefaultRoutes(namespace, defaultRoutes(direct), after, [{ ...standing, family: 'ipv4' }])).toEqual([
      { do: 'route.delete', namespace, destination: 'default', link: 'eth0' },
      { do: 'route.add', namespace, destination: 'default', link: 'eth1', via: '10.7.0.1' },
    ])
    expect(moveDefaultRoutes(namespace, {}, { ipv4: { link: 'eth0' } }, [{ ...standing, family: 'ipv4' }])).toEqual([])
  })
})
