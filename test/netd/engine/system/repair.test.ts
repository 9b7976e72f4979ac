/** What others break on the host is mended while containers run. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import { watchHost } from '../../../../netd/engine/system/watch-host.ts'
import type { SandboxRecord } from '../../../../netd/store/records.ts'
import { eventually } from '../../../support/eventually.ts'
import { run } from '../../../support/run.ts'
import { createNetwork, inspectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory
let web: SandboxRecord
let whole: object
let stop: () => Promise<void>
const repairs: string[] = []
const [ipv4Forwarding, ipv6Forwarding] = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']

beforeAll(async () => {
  lab = await openLaboratory()
  lab.engine.events.subscribe(({ Action, Actor }) => {
    const { container, name, table, sysctl } = Actor.Attributes
    if (Action === 'repair' || Action === 'lost') repairs.push((container ?? name ?? table ?? sysctl)!)
  })
  const { Id } = await createNetwork(lab.engine, {
    Name: 'front',
    EnableIPv6: true,
    IPAM: { Config: [{ Subnet: '10.66.0.0/24' }, { Subnet: 'fd66::/64' }] },
    Options: { 'com.docker.network.bridge.name': 'br-front' },
  })
  web = await lab.start(
    lab.container('web', { [Id]: {} }, { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }, ['80/tcp']),
  )
  stop = await watchHost(lab.engine)
  whole = await traces()
})
afterAll(async () => {
  await stop()
  await lab[Symbol.asyncDispose]()
})

/** The host's end of a pair has a MAC that the kernel draws, and an address after it. */
async function traces(): Promise<object> {
  const { addresses, ...others } = (await lab.traces()) as { addresses: string[] }
  const up = await lab.host.json<{ ifname: string }[]>(['ip', '-j', 'link', 'show', 'up'])
  return {
    ...others,
    forwarding: (await lab.host.run(['sysctl', '-n', ipv4Forwarding, ipv6Forwarding])).stdout,
    addresses: addresses.filter((address) => !address.startsWith('veth')),
    up: up.map(({ ifname }) => ifname).toSorted(),
  }
}
const inside = (command: string[]) => run(['nsenter', `--net=${lab.sandbox(web)}`, '--', ...command])
const vethOf = ({ endpoints }: SandboxRecord): string => Object.values(endpoints)[0]!.lease!.hostInterface

test.each<[what: string, command: () => string[], repaired: () => string[]]>([
  ['the ruleset is flushed', () => ['nft', 'flush', 'ruleset'], () => [lab.engine.config.tag]],
  ['the bridge is deleted', () => ['ip', 'link', 'del', 'br-front'], () => ['front', web.id]],
  ['the bridge is set down', () => ['ip', 'link', 'set', 'br-front', 'down'], () => ['front', web.id]],
  ['docker0 is deleted', () => ['ip', 'link', 'del', 'docker0'], () => ['bridge']],
  ['the veth is deleted', () => ['ip', 'link', 'del', vethOf(web)], () => [web.id]],
  ['the veth is set down', () => ['ip', 'link', 'set', vethOf(web), 'down'], () => [web.id]],
  ['its addresses are flushed off the bridge', () => ['ip', 'address', 'flush', 'dev', 'br-front'], () => ['front']],
  ['its address is taken off docker0', () => ['ip', 'address', 'flush', 'dev', 'docker0'], () => ['bridge']],
  ['the route to its subnet is deleted', () => ['ip', 'route', 'del', '10.66.0.0/24'], () => ['front']],
  ['forwarding is switched off', () => ['sysctl', '-qw', ipv4Forwarding + '=0'], () => [ipv4Forwarding]],
  ['IPv6 forwarding is switched off', () => ['sysctl', '-qw', ipv6Forwarding + '=0'], () => [ipv6Forwarding]],
  ['the veth is taken off its bridge', () => ['ip', 'link', 'set', vethOf(web), 'nomaster'], () => [web.id]],
])(
  '%s: all is as before, and packets flow',
  async (_, command, repaired) => {
    repairs.splice(0)
    await lab.host.run(command())
    // An endpoint that was plugged in a moment ago has to wait.
    await eventually(async () => expect(await traces()).toEqual(whole), { timeoutMs: 20_000 })
    expect(repairs).toEqual(repaired())
    for (const address of ['10.66.0.1', 'fd66::1']) await inside(['ping', '-c', '1', '-W', '5', address])
    expect((await inside(['ip', 'route', 'show', 'default'])).stdout).toContain('via 10.66.0.1 dev eth0')
  },
  60_000,
)

test('what the daemon does itself is no damage', async () => {
  repairs.splice(0)
  const before = lab.messages.length
  const made = await Promise.all([1, 2, 3].map((at) => createNetwork(lab.engine, { Name: `brief${at}` })))
  for (const { Id } of made) await removeNetwork(lab.engine, Id)
  // The look that these changes bring about has been when the next damage is mended.
  await lab.host.run(['nft', 'flush', 'ruleset'])
  await eventually(async () => expect(await traces()).toEqual(whole))
  expect(repairs).toEqual([lab.engine.config.tag])
  expect(lab.messages.slice(before).filter((message) => !message.startsWith('the nftables table'))).toEqual([])
})

test('a macvlan that went with its parent is not shown, and is there again with the parent', async () => {
  const addParent = ['ip', 'link', 'add', 'uplink', 'type', 'ifb']
  await lab.host.run(addParent)
  await lab.host.run(['ip', 'link', 'set', 'uplink', 'up'])
  const { Id } = await createNetwork(lab.engine, {
    Name: 'outside',
    Driver: 'macvlan',
    IPAM: { Config: [{ Subnet: '10.67.0.0/24' }] },
    Options: { parent: 'uplink' },
  })
  const far = await lab.start(lab.container('far', { [Id]: {} }))
  const { mac, ipv4 } = far.endpoints[Id]!.lease!
  const shown = () => inspectNetwork(lab.engine, Id).Containers
  const entry = { [far.id]: expect.objectContaining({ MacAddress: mac, IPv4Address: ipv4 }) }
  expect(shown()).toEqual(entry)

  repairs.splice(0)
  await lab.host.run(['ip', 'link', 'del', 'uplink'])
  await eventually(() => expect(shown()).toEqual({}))
  await lab.host.run(addParent)
  await lab.host.run(['ip', 'link', 'set', 'uplink', 'up'])
  await eventually(() => expect(shown()).toEqual(entry))
  expect(repairs).toEqual([far.id, far.id])
  const { stdout } = await run(['nsenter', `--net=${lab.sandbox(far)}`, '--', 'ip', '-br', 'address', 'show', 'eth0'])
  expect(stdout).toContain(ipv4)
  await lab.stop(far)
})
