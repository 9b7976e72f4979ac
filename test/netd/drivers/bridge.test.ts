/** The bridge driver as a pure function: what a record and its options turn into. What the kernel makes of it is tested in ../engine/networks. */
import { describe, expect, test } from 'vitest'
import { bridgeDriver } from '../../../netd/drivers/bridge/index.ts'
import { macFor } from '../../../netd/drivers/mac.ts'
import { parseMac } from '../../../netd/http/network-request/mac.ts'
import { endpointMark, networkMark, readMark } from '../../../netd/drivers/mark.ts'
import type { NetworkRecord } from '../../../netd/store/records.ts'

const context = { host: '/proc/self/ns/net', table: 'trestle' }
const settings = { bip: '172.17.0.1/16', isIcc: true, isIpMasquerade: true, ip: '0.0.0.0' }
const driver = bridgeDriver(
  {
    bridgeSteps: ({ bridge }) => [
      {
        do: 'nft.elements.add',
        namespace: context.host,
        table: context.table,
        set: 'bridges',
        elements: [{ key: [{ ifname: bridge }] }],
      },
    ],
    guardSteps: () => [],
  },
  settings,
)
const network: NetworkRecord = {
  id: 'ab'.repeat(32),
  name: 'front',
  createdAt: '',
  driver: 'bridge',
  isInternal: false,
  isAttachable: false,
  isIpv4: true,
  isIpv6: false,
  ipamDriver: 'default',
  ipamOptions: {},
  labels: {},
  options: {},
  isPredefined: false,
  mtu: 1500,
  driverState: { bridge: 'br-front' },
  pools: [{ subnet: '10.66.0.0/24', gateway: '10.66.0.1', isUserConfigured: true, auxiliaryAddresses: {} }],
}
const plan = {
  network,
  sandbox: '/run/netns/c',
  options: {},
  lease: {
    endpointId: 'cd'.repeat(32),
    hostInterface: 'vethcdcdcdc',
    interface: 'eth0',
    mac: '02:42:0a:42:00:02',
    mtu: 1500,
    ipv4: '10.66.0.2/24',
    gateway: '10.66.0.1',
  },
}

describe('a network', () => {
  test('is the bridge, then its addresses, then up, then its elements', () => {
    expect(driver.createNetwork(context, network).map((step) => step.do)).toEqual([
      'link.add',
      'sysctl.set',
      'address.add',
      'link.set',
      'nft.elements.add',
    ])
  })

  test('goes in two groups that do not wait for each other, each the inverse of what made it', () => {
    expect(driver.deleteNetwork(context, network)).toMatchObject([
      [{ do: 'link.delete', name: 'br-front' }],
      [{ do: 'nft.elements.delete', set: 'bridges', elements: [{ key: [{ ifname: 'br-front' }] }] }],
    ])
  })

  test('without an address of its own where somebody else is the gateway', () => {
    const steps = driver.createNetwork(context, {
      ...network,
      options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
    })
    expect(steps.map((step) => step.do)).not.toContain('address.add')
  })
})

describe('an endpoint', () => {
  test('is one veth pair with its far end born in the container, named and addressed', () => {
    expect(driver.connect(context, plan)[0]).toMatchObject({
      do: 'link.add',
      kind: 'veth',
      name: 'vethcdcdcdc',
      master: 'br-front',
      isUp: true,
      peer: { namespace: '/run/netns/c', name: 'eth0', mac: '02:42:0a:42:00:02', mtu: 1500 },
    })
  })

  test('is an isolated port where containers must not reach each other', () => {
    const quiet = { ...plan, network: { ...network, options: { 'com.docker.network.bridge.enable_icc': 'false' } } }
    expect(driver.connect(context, quiet)[0]).toMatchObject({ port: { isIsolated: true } })
  })

  test('sets the sysctls that were asked for, on its own interface', () => {
    const steps = driver.connect(context, {
      ...plan,
      // What means something in a replacement text.
      lease: { ...plan.lease, interface: 'eth$&' },
      options: { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.log_martians=1' },
    })
    expect(steps).toContainEqual({
      do: 'sysctl.set',
      namespace: '/run/netns/c',
      name: 'net.ipv4.conf.eth$&.log_martians',
      value: '1',
    })
  })

  test('goes with its host end', () => {
    expect(driver.disconnect(context, plan)).toEqual([
      { do: 'link.delete', namespace: context.host, name: 'vethcdcdcdc' },
    ])
  })
})

describe('marks', () => {
  test('tell what a link is, and whose', () => {
    expect(readMark(context, networkMark(context, 'n'))).toEqual({ kind: 'network', networkId: 'n' })
    expect(readMark(context, endpointMark(context, 'e'))).toEqual({ kind: 'endpoint', endpointId: 'e' })
    expect(readMark({ table: 'trestle-2' }, networkMark(context, 'n'))).toBeUndefined()
    for (const alias of [undefined, '', 'trestle', 'my own bridge']) expect(readMark(context, alias)).toBeUndefined()
  })
})

describe('hardware addresses', () => {
  test('follow from the IPv4 address, or from a seed', () => {
    expect(macFor('172.17.0.2', '')).toBe('02:42:ac:11:00:02')
    expect(macFor(undefined, '0123456789')).toBe('02:42:01:23:45:67')
  })

  test.each([
    ['02-42-AC-11-00-02', '02:42:ac:11:00:02'],
    ['01:00:5e:00:00:01', undefined],
    ['00:00:00:00:00:00', undefined],
    ['zz', undefined],
  ])('%s is %s', (text, mac) => expect(parseMac(text)).toBe(mac))
})
