/**
 * `trestle.bridge.anti_spoofing`: three containers on each of two networks, one of them with the option. The attacker sends
 * the same frames on both: what is a success on one shows that nothing but the option stops it on the other.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkLocal } from '../../../netd/drivers/mac.ts'
import { eventually } from '../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'
import {
  arp,
  datagram,
  echo,
  frame,
  icmpv6,
  neighbour,
  nonce,
  override,
  sourceMac,
  targetMac,
  vlan0,
  type Party,
} from './frames.ts'

const sendFrames = fileURLToPath(new URL('../../support/send-frames.ts', import.meta.url))
const option = 'trestle.bridge.anti_spoofing'
const networks = { open: 60, guarded: 61 } as const
type Network = keyof typeof networks
const roles = ['attacker', 'victim', 'peer'] as const
type Role = (typeof roles)[number]

let host: HermeticHost
let before: Awaited<ReturnType<HermeticHost['traces']>>

const party = (network: Network, role: Role): Party => {
  const [number, place] = [networks[network], roles.indexOf(role) + 10]
  return {
    mac: `02:42:0a:${number.toString(16)}:00:${place.toString(16).padStart(2, '0')}`,
    ipv4: `10.${number}.0.${place}`,
    ipv6: `fd${number}::${place}`,
  }
}

interface Inside {
  enter: string[]
  /** Of its eth0, and the name of the other end. */
  index: number
  port: string
}

const known = new Map<string, Promise<Inside>>()

function inside(container: string): Promise<Inside> {
  const found = known.get(container) ?? lookInside(container)
  known.set(container, found)
  return found
}

async function lookInside(container: string): Promise<Inside> {
  const { stdout } = await host.docker(['inspect', '-f', '{{.State.Pid}}', container])
  const enter = ['nsenter', `--net=/proc/${stdout.trim()}/ns/net`, '--']
  const [link] = await host.json<{ ifindex: number; link_index: number }[]>([
    ...enter,
    'ip',
    '-j',
    'link',
    'show',
    'eth0',
  ])
  const ports = await host.json<{ ifindex: number; ifname: string }[]>(['ip', '-j', 'link'])
  return {
    enter,
    index: link!.ifindex,
    port: ports.find(({ ifindex }) => ifindex === link!.link_index)!.ifname,
  }
}

const senders = new Map<string, Promise<ChildProcess>>()

async function startSender(container: string): Promise<ChildProcess> {
  const { enter, index } = await inside(container)
  const sender = host.spawn([...enter, process.execPath, sendFrames, String(index)])
  sender.stderr!.pipe(process.stderr)
  return sender
}

async function send(container: string, ...frames: string[]): Promise<void> {
  const starting = senders.get(container) ?? startSender(container)
  senders.set(container, starting)
  const sender = await starting
  for (const frame of frames) {
    const sent = once(sender.stdout!, 'data')
    sender.stdin!.write(`${frame}\n`)
    await sent
  }
}

/** Frames that came to the peer from the attacker's MAC, so far. What is sent on a veth is there when send(2) is back. */
async function arrived(network: Network): Promise<number> {
  const { nftables } = await host.json<{ nftables: { counter?: { packets: number } }[] }>([
    ...(await inside(`${network}-peer`)).enter,
    'nft',
    '-j',
    'list',
    'counters',
  ])
  return nftables.find(({ counter }) => counter !== undefined)!.counter!.packets
}

/** What forgeries have left. */
async function forgetNeighbours(network: Network): Promise<void> {
  for (const role of roles) {
    const { enter } = await inside(`${network}-${role}`)
    await host.run([...enter, 'ip', 'neighbour', 'flush', 'all'])
    // Without it, the first of several replies in a second counts (arp_process, net/ipv4/arp.c).
    await host.run([...enter, 'sysctl', '-qw', 'net.ipv4.neigh.eth0.locktime=0'])
  }
}

async function neighbourOf(network: Network, address: string): Promise<string | undefined> {
  const { enter } = await inside(`${network}-peer`)
  const [entry] = await host.json<{ lladdr?: string }[]>([...enter, 'ip', '-j', 'neighbour', 'show', address])
  return entry?.lladdr
}

async function run(name: string, ...options: string[]): Promise<void> {
  await host.docker(['run', '-d', '--name', name, ...options, 'trestle/toolbox', 'sh', '-c', 'httpd -f -p 80'])
}

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  before = await host.traces()
  for (const [network, number] of Object.entries(networks)) {
    await host.docker([
      'network',
      'create',
      '--ipv6',
      `--subnet=10.${number}.0.0/24`,
      `--subnet=fd${number}::/64`,
      ...(network === 'guarded' ? ['-o', `${option}=true`, network] : [network]),
    ])
    for (const role of roles) {
      const { mac, ipv4, ipv6 } = party(network as Network, role)
      const publish = role === 'victim' ? ['-p', `80${number}:80`] : []
      await run(
        `${network}-${role}`,
        '--network',
        network,
        '--ip',
        ipv4,
        '--ip6',
        ipv6,
        '--mac-address',
        mac,
        ...publish,
      )
    }
    const counting = `table netdev t {
      counter frames { }
      chain c {
        type filter hook ingress device eth0 priority 0;
        ether saddr ${party(network as Network, 'attacker').mac} ether daddr { ${party(network as Network, 'peer').mac}, 33:33:00:00:00:01 } counter name frames
      }
    }`
    await host.run([...(await inside(`${network}-peer`)).enter, 'nft', '-f', '-'], { input: counting })
    // Only what the test sends is to be counted, and no answer of its kernel; packet(7) passes by these.
    const silence = ['arp', 'ip', 'ip6'].map(
      (family) => `table ${family} t {\n chain c {\n type filter hook output priority 0; policy drop;\n }\n}`,
    )
    await host.run([...(await inside(`${network}-attacker`)).enter, 'nft', '-f', '-'], { input: silence.join('\n') })
  }
}, 60_000)

afterAll(() => host?.[Symbol.asyncDispose]())

/** What the attacker says, in its own frames, that is not its to say. */
const forgeries: Record<string, (attacker: Party, victim: Party, peer: Party) => string> = {
  'an ARP reply with the address of another': (a, v, p) => arp(p, a.mac, { mac: a.mac, ipv4: v.ipv4 }),
  'an ARP reply with the MAC of another': (a, v, p) => arp(p, a.mac, { mac: v.mac, ipv4: a.ipv4 }),
  'the same in VLAN 0': (a, v, p) => arp(p, a.mac, { mac: a.mac, ipv4: v.ipv4 }, vlan0),
  'IPv4 from the address of another': (a, v, p) => echo(p, a.mac, v.ipv4),
  'IPv4 from an address outside': (a, _, p) => echo(p, a.mac, '192.0.2.1'),
  'IPv4 in VLAN 0': (a, v, p) => echo(p, a.mac, v.ipv4, vlan0),
  'IPv4 in two VLANs': (a, v, p) => echo(p, a.mac, v.ipv4, `${vlan0}${vlan0}`),
  'IPv6 from the address of another': (a, v, p) => icmpv6(p, a.mac, v.ipv6, 'ns', neighbour(p.ipv6, sourceMac(a.mac))),
  'IPv6 from the link-local address of another': (a, v, p) =>
    icmpv6(p, a.mac, linkLocal(v.mac), 'ns', neighbour(p.ipv6, sourceMac(a.mac))),
  'IPv6 from nobody to one': (a, _, p) => icmpv6(p, a.mac, '::', 'ns', neighbour(a.ipv6, '')),
  'an advertisement of the address of another': (a, v, p) =>
    icmpv6(p, a.mac, a.ipv6, 'na', neighbour(v.ipv6, targetMac(a.mac), override)),
  'an advertisement of the MAC of another': (a, v, p) =>
    icmpv6(p, a.mac, a.ipv6, 'na', neighbour(a.ipv6, targetMac(v.mac), override)),
  'a solicitation with the MAC of another': (a, v, p) =>
    icmpv6(p, a.mac, a.ipv6, 'ns', neighbour(p.ipv6, sourceMac(v.mac))),
  'a solicitation with it behind another option': (a, v, p) =>
    icmpv6(p, a.mac, a.ipv6, 'ns', neighbour(p.ipv6, `${nonce}${sourceMac(v.mac)}`)),
  'a router solicitation with the MAC of another': (a, v, p) =>
    icmpv6(p, a.mac, a.ipv6, 'rs', `00000000${sourceMac(v.mac)}`),
  'a claim to the address of another, as a duplicate': (a, v) =>
    icmpv6({ mac: '33:33:00:00:00:01', ipv6: 'ff02::1' }, a.mac, '::', 'ns', neighbour(v.ipv6, nonce)),
  'a router advertisement': (a, _, p) => icmpv6(p, a.mac, linkLocal(a.mac), 'ra', '400007080000000000000000'),
  'a redirect': (a, v, p) => icmpv6(p, a.mac, a.ipv6, 'redirect', neighbour(v.ipv6, '00'.repeat(16))),
  'another protocol': (a, _, p) => frame(p.mac, a.mac, 0x88b5, 'ff'),
  'IPv4 behind an LLC header': (a, v, p) => frame(p.mac, a.mac, 36, `aaaa030000000800${datagram(v.ipv4, p.ipv4)}`),
}

const honest: Record<string, (attacker: Party, peer: Party) => string> = {
  'an ARP reply of its own': (a, p) => arp(p, a.mac, a),
  'an ARP probe': (a, p) => arp(p, a.mac, { mac: a.mac, ipv4: '0.0.0.0' }),
  IPv4: (a, p) => echo(p, a.mac, a.ipv4),
  'a solicitation': (a, p) => icmpv6(p, a.mac, a.ipv6, 'ns', neighbour(p.ipv6, sourceMac(a.mac))),
  'a solicitation by its link-local address': (a, p) =>
    icmpv6(p, a.mac, linkLocal(a.mac), 'ns', neighbour(p.ipv6, sourceMac(a.mac))),
  'an advertisement': (a, p) => icmpv6(p, a.mac, a.ipv6, 'na', neighbour(a.ipv6, targetMac(a.mac), override)),
  'an advertisement without a MAC': (a, p) => icmpv6(p, a.mac, a.ipv6, 'na', neighbour(a.ipv6, '', override)),
  'duplicate address detection': (a) =>
    icmpv6({ mac: '33:33:00:00:00:01', ipv6: 'ff02::1' }, a.mac, '::', 'ns', neighbour(a.ipv6, nonce)),
}

async function reach(network: Network, ...frames: string[]): Promise<number> {
  const at = await arrived(network)
  await send(`${network}-attacker`, ...frames)
  return (await arrived(network)) - at
}

const of = (network: Network): [Party, Party, Party] => [
  party(network, 'attacker'),
  party(network, 'victim'),
  party(network, 'peer'),
]

describe('what is forged', () => {
  test.each(Object.entries(forgeries))('%s arrives on one network, and not on the other', async (_, make) => {
    expect(await Promise.all([reach('open', make(...of('open'))), reach('guarded', make(...of('guarded')))])).toEqual([
      1, 0,
    ])
  })

  test('what is honest arrives on both', async () => {
    for (const network of ['open', 'guarded'] as const) {
      const [attacker, , peer] = of(network)
      const frames = Object.values(honest).map((make) => make(attacker, peer))
      expect(await reach(network, ...frames)).toBe(frames.length)
    }
  })

  test.each([
    ['ARP', 'ipv4', (a: Party, v: Party, p: Party) => arp(p, a.mac, { mac: a.mac, ipv4: v.ipv4 })],
    ['neighbour discovery', 'ipv6', forgeries['an advertisement of the address of another']!],
  ] as const)('a neighbour’s cache is poisoned by %s where the option is not', async (_, family, make) => {
    for (const network of ['open', 'guarded'] as const) {
      const [attacker, victim, peer] = of(network)
      await forgetNeighbours(network)
      await host.docker(['exec', `${network}-peer`, 'ping', '-c1', '-w5', victim[family]])
      expect(await neighbourOf(network, victim[family])).toBe(victim.mac)
      await send(`${network}-attacker`, make(attacker, victim, peer))
      expect(await neighbourOf(network, victim[family])).toBe(network === 'open' ? attacker.mac : victim.mac)
    }
  })

  test.each([
    ['to a third', undefined],
    ['to the bridge itself', '01:80:c2:00:00:0e'],
  ])('the bridge sends a neighbour’s frames elsewhere after a frame with its MAC, %s', async (_, destination) => {
    for (const network of ['open', 'guarded'] as const) {
      const [, victim, peer] = of(network)
      await forgetNeighbours(network)
      await host.docker(['exec', `${network}-victim`, 'ping', '-c1', '-w5', peer.ipv4])
      await send(`${network}-attacker`, echo({ ...peer, mac: destination ?? peer.mac }, victim.mac, victim.ipv4))
      const forwarding = await host.json<{ mac: string; ifname: string; state: string }[]>(['bridge', '-j', 'fdb'])
      const { ifname } = forwarding.find(({ mac, state }) => mac === victim.mac && state !== 'permanent')!
      expect(ifname).toBe((await inside(`${network}-${network === 'open' ? 'attacker' : 'victim'}`)).port)
    }
  })
})

describe('a guarded network', () => {
  test('carries what is honest: ping, link-local, names, published ports', async () => {
    const [, victim] = of('guarded')
    for (const address of [victim.ipv4, victim.ipv6, `${linkLocal(victim.mac)}%eth0`, 'guarded-victim'])
      await host.docker(['exec', 'guarded-peer', 'ping', '-c1', '-w5', address])
    for (const url of ['http://127.0.0.1:8061', 'http://10.61.0.1:8061', 'http://[fd61::1]:8061'])
      expect(
        (await host.run(['curl', '-s', '--max-time', '5', '-o', '/dev/null', '-w', '%{http_code}', url])).stdout,
      ).toBe('404')
  })

  test('guards who is connected later, by the address that was asked for, until it goes', async () => {
    await run('late', '--network', 'open')
    const elements = async (): Promise<string[]> => (await host.traces()).nftElements
    const atFirst = await elements()
    await host.docker(['network', 'connect', '--ip', '10.61.0.77', '--link-local-ip', '169.254.7.7', 'guarded', 'late'])
    for (const address of ['10.61.0.77', '169.254.7.7']) expect((await elements()).join()).toContain(address)
    await host.docker(['exec', 'late', 'ping', '-c1', '-w5', '-I', 'eth1', '10.61.0.11'])
    await host.docker(['network', 'disconnect', 'guarded', 'late'])
    expect(await elements()).toEqual(atFirst)
    await host.docker(['rm', '-f', 'late'])
  })

  test('takes the word of an endpoint that is trusted', async () => {
    const trusted = ['--network', `name=guarded,driver-opt=${option}=false,ip=10.61.0.78`]
    await run('trusted', ...trusted)
    const [, victim, peer] = of('guarded')
    await send('trusted', arp(peer, '02:42:0a:3d:00:4e', { mac: '02:42:0a:3d:00:4e', ipv4: victim.ipv4 }))
    expect(await neighbourOf('guarded', victim.ipv4)).toBe('02:42:0a:3d:00:4e')
    await host.docker(['rm', '-f', 'trusted'])
    const refused = await host.docker(
      ['network', 'connect', '--driver-opt', `${option}=false`, 'open', 'guarded-peer'],
      { allowFailure: true },
    )
    expect(refused.stderr).toContain(
      `${option} is for an endpoint of a network that was created with it, and open was not`,
    )
  })

  test.each<[string, () => Promise<unknown>]>([
    ['a restart', () => host.stopNetd().then(() => host.startNetd())],
    [
      'a crash during which an element was lost',
      async () => {
        await host.stopNetd('SIGKILL')
        await host.run(['nft', 'flush', 'set', 'bridge', host.tag, 'guarded'])
        await host.startNetd()
      },
    ],
    ['a flush of the ruleset', () => host.run(['nft', 'flush', 'ruleset'])],
    ['the end of its table', () => host.run(['nft', 'delete', 'table', 'bridge', host.tag])],
  ])('is guarded after %s', async (_, happen) => {
    const ruleset = async (): Promise<string> =>
      (await host.run(['nft', '-s', 'list', 'table', 'bridge', host.tag])).stdout.split('\n').toSorted().join('\n')
    const atFirst = await ruleset()
    await happen()
    await eventually(async () => expect(await ruleset()).toBe(atFirst))
    const [attacker, victim, peer] = of('guarded')
    expect(await reach('guarded', echo(peer, attacker.mac, victim.ipv4), echo(peer, attacker.mac, attacker.ipv4))).toBe(
      1,
    )
  })

  test('leaves nothing', async () => {
    for (const network of Object.keys(networks)) {
      await host.docker(['rm', '-f', ...roles.map((role) => `${network}-${role}`)])
      await host.docker(['network', 'rm', network])
    }
    const { nftElements } = await host.traces()
    expect(nftElements).toEqual(before.nftElements)
  })
})
