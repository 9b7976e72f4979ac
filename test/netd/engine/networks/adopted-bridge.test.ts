/** A bridge of the host's that a network takes over by its name, and leaves standing as it was. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import { restoreNetworks } from '../../../../netd/engine/system/restore-networks.ts'
import { watchHost } from '../../../../netd/engine/system/watch-host.ts'
import { eventually } from '../../../support/eventually.ts'
import { run } from '../../../support/run.ts'
import { createNetwork, inspectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory({
    prepare: (host) =>
      host.run(['ip', '-batch', '-'], {
        input: [
          'link add br9 type bridge',
          'address add 10.90.0.1/24 dev br9',
          'link set br9 up',
          'link add up0 up master br9 type veth peer name up1',
          'link set br9 mtu 1450',
          'link add br=1 type bridge',
          'link add small type bridge',
          'link set small mtu 1000',
          // Hardly any that the kernel draws is higher.
          'link set up0 address fc:00:00:00:00:01',
        ].join('\n'),
      }),
  })
})
afterAll(() => lab[Symbol.asyncDispose]())

const name = { 'com.docker.network.bridge.name': 'br9' }
const ipv4 = { Subnet: '10.90.0.0/24' }

async function bridge(): Promise<{ link: object | undefined; sysctls: string }> {
  const [link] = await lab.host.json<object[]>(['ip', '-d', '-j', 'address', 'show', 'dev', 'br9'])
  const sysctls = ['net.ipv4.conf.br9.route_localnet', 'net.ipv6.conf.br9.disable_ipv6']
  return { link, sysctls: (await lab.host.run(['sysctl', ...sysctls])).stdout }
}

/** Without what passes by itself: times, and an IPv6 address that is being checked for duplicates (RFC 4862 §5.4). */
const lasting = (value: object): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (/time|timer|^tentative$/.test(key) ? undefined : inner)))

test('keeps its MAC, MTU, ports and address, which is the gateway, and is as before once the network goes', async () => {
  const before = await bridge()
  const Config = [ipv4, { Subnet: 'fd90::/64' }]
  const { Id } = await createNetwork(lab.engine, { Name: 'lan', EnableIPv6: true, Options: name, IPAM: { Config } })
  expect(inspectNetwork(lab.engine, 'lan').IPAM.Config[0]).toEqual({ ...ipv4, Gateway: '10.90.0.1' })
  const web = await lab.start(lab.container('web', { [Id]: {} }))
  expect(web.endpoints[Id]!.lease).toMatchObject({ ipv4: '10.90.0.2/24', mtu: 1450 })
  for (const address of ['10.90.0.1', 'fd90::1'])
    await run(['nsenter', `--net=${lab.sandbox(web)}`, 'ping', '-c1', '-W3', address])
  const ports = await lab.host.json<{ ifname: string }[]>(['ip', '-j', 'link', 'show', 'master', 'br9'])
  expect(ports.map(({ ifname }) => ifname)).toContain('up0')
  expect((await bridge()).link).toMatchObject({ address: 'fc:00:00:00:00:01' })

  // A reboot has made the bridge anew, without what was ours of it.
  await lab.stop(web)
  await lab.host.run(['ip', 'address', 'del', 'fd90::1/64', 'dev', 'br9'])
  await restoreNetworks(lab.engine)
  await lab.start(web)
  await run(['nsenter', `--net=${lab.sandbox(web)}`, 'ping', '-c1', '-W3', 'fd90::1'])
  await lab.stop(web)

  await removeNetwork(lab.engine, 'lan')
  // The kernel takes the link of a namespace that has ended on its own time.
  await eventually(async () => expect(lasting(await bridge())).toEqual(lasting(before)))
})

test('whose gateway is a router on it gets no address of that router, and gives its own to nobody', async () => {
  const { Id } = await createNetwork(lab.engine, {
    Name: 'lan',
    Options: name,
    IPAM: { Config: [{ ...ipv4, Gateway: '10.90.0.254', IPRange: '10.90.0.0/30' }] },
  })
  const addresses = await lab.host.json<{ addr_info: { local: string }[] }[]>([
    'ip',
    '-4',
    '-j',
    'address',
    'show',
    'br9',
  ])
  expect(addresses[0]!.addr_info.map(({ local }) => local)).toEqual(['10.90.0.1'])
  expect(inspectNetwork(lab.engine, 'lan').IPAM.Config[0]!.AuxiliaryAddresses).toEqual({ br9: '10.90.0.1' })
  const web = await lab.start(lab.container('web', { [Id]: {} }))
  expect(web.endpoints[Id]!.lease).toMatchObject({ ipv4: '10.90.0.2/24', gateway: '10.90.0.254' })
  await lab.stop(web)
  await removeNetwork(lab.engine, 'lan')
})

test('a larger MTU than it has is refused', async () => {
  const Options = { ...name, 'com.docker.network.driver.mtu': '1500' }
  await expect(createNetwork(lab.engine, { Name: 'lan', Options, IPAM: { Config: [ipv4] } })).rejects.toMatchObject({
    status: 400,
    message: 'invalid MTU number: 1500 (the bridge br9 has 1450)',
  })
})

test('of any name has the settings back that it had; one without IPv6 is refused for a network with it', async () => {
  const of = (bridge: string): object => ({ Name: 'lan', Options: { 'com.docker.network.bridge.name': bridge } })
  const sysctl = ['cat', '/proc/sys/net/ipv4/conf/br=1/route_localnet']
  await createNetwork(lab.engine, of('br=1'))
  expect((await lab.host.run(sysctl)).stdout).toBe('1\n')
  await removeNetwork(lab.engine, 'lan')
  expect((await lab.host.run(sysctl)).stdout).toBe('0\n')
  await expect(createNetwork(lab.engine, { ...of('small'), EnableIPv6: true })).rejects.toMatchObject({
    status: 400,
    message: 'invalid MTU number: 1000 (IPv6 needs 1280)',
  })
})

test('with what the network means to have of a bridge and the host keeps is warned about', async () => {
  await createNetwork(lab.engine, {
    Name: 'lan',
    Internal: true,
    Options: {
      ...name,
      'trestle.bridge.anti_spoofing': 'true',
      'com.docker.network.bridge.gateway_mode_ipv4': 'isolated',
    },
    IPAM: { Config: [ipv4] },
  })
  expect(lab.messages.join('\n')).toMatch(
    /the host keeps its address on br9.*br9 learns from frames that no rule sees/s,
  )
  await removeNetwork(lab.engine, 'lan')
})

test('is let be while somebody has it down, and made anew has again what the network needs', async () => {
  await createNetwork(lab.engine, { Name: 'lan', Options: name, IPAM: { Config: [{ Subnet: '10.91.0.0/24' }] } })
  const repairs: string[] = []
  lab.engine.events.subscribe(({ Action, Actor }) => void (Action === 'repair' && repairs.push(Actor.Attributes.name!)))
  const stop = await watchHost(lab.engine)
  await lab.host.run(['ip', 'link', 'set', 'br9', 'down'])
  // Twice somebody else's is mended, the second time after as long as a network has to wait for its turn.
  for (const expected of [['bridge'], ['bridge', 'bridge']]) {
    await lab.host.run(['ip', 'address', 'flush', 'dev', 'docker0'])
    await eventually(() => Promise.resolve(expect(repairs).toEqual(expected)), { timeoutMs: 20_000 })
  }
  expect(lab.messages.at(-1)).not.toContain('lan')

  await lab.host.run(['ip', 'link', 'del', 'br9'])
  await lab.host.run(['ip', '-batch', '-'], { input: 'link add br9 type bridge\nlink set br9 up' })
  const sysctl = ['sysctl', '-n', 'net.ipv4.conf.br9.route_localnet']
  await eventually(
    async () => {
      expect((await lab.host.run(['ip', 'address', 'show', 'br9'])).stdout).toContain('10.91.0.1/24')
      expect((await lab.host.run(sysctl)).stdout).toBe('1\n')
    },
    { timeoutMs: 20_000 },
  )
  await stop()
  await removeNetwork(lab.engine, 'lan')
  expect((await lab.host.run(sysctl)).stdout).toBe('0\n')
})
