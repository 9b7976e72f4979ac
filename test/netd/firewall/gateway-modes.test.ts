/** What the options of a bridge network let in and out, by real packets: from outside, from a neighbour, from another network. */
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

const mode = (value: string): string[] =>
  ['ipv4', 'ipv6'].flatMap((family) => ['-o', `com.docker.network.bridge.gateway_mode_${family}=${value}`])

let host: HermeticHost
let atFirst: string[]

/** The host is 192.0.2.1 and 2001:db8::1 on up0; outside is .2, serves what address it sees, and routes straight at containers. */
beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  atFirst = (await host.traces()).nftElements
  await host.run([
    'sh',
    '-ec',
    `ip netns add outside
     ip link add up0 up type veth peer name out0 netns outside
     ip address add 192.0.2.1/24 dev up0
     ip address add 2001:db8::1/64 dev up0 nodad
     ip -n outside link set lo up
     ip -n outside link set out0 up
     ip -n outside address add 192.0.2.2/24 dev out0
     ip -n outside address add 2001:db8::2/64 dev out0 nodad
     ip -n outside route add 10.70.0.0/16 via 192.0.2.1
     ip -n outside route add fd70::/16 via 2001:db8::1
     sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1`,
  ])
  const script = `require('http').createServer((request, response) => {
    response.end(request.socket.remoteAddress.replace('::ffff:', ''))
  }).listen(80, '::', () => console.log('up'))`
  const server = host.spawn(['ip', 'netns', 'exec', 'outside', process.execPath, '-e', script])
  await once(server.stdout!, 'data')
}, 60_000)

afterAll(() => host?.[Symbol.asyncDispose]())

afterEach(async () => {
  const { stdout } = await host.docker(['ps', '-aq'])
  for (const id of stdout.split('\n').filter((line) => line !== '')) await host.docker(['rm', '-f', id])
  await host.docker(['network', 'prune', '-f'])
  expect((await host.traces()).nftElements).toEqual(atFirst)
})

async function make(name: string, number: number, ...options: string[]): Promise<string> {
  const subnets = [`--subnet=10.70.${number}.0/24`, `--subnet=fd70:${number}::/64`, '--ipv6']
  return (await host.docker(['network', 'create', ...subnets, ...options, name])).stderr
}

async function start(name: string, network: string, ...options: string[]): Promise<void> {
  const command = ['sh', '-c', 'httpd -p 81; exec httpd -f -p 80']
  await host.docker(['run', '-d', '--name', name, '--network', network, ...options, 'trestle/toolbox', ...command])
  // What is not reached from here on is kept away, and not late.
  await reached({ container: name }, '127.0.0.1:80')
}

type Place = 'outside' | 'host' | { container: string }

const at = (place: Place, command: string[]) =>
  place === 'host'
    ? host.run(command, { allowFailure: true })
    : place === 'outside'
      ? host.run(['ip', 'netns', 'exec', 'outside', ...command], { allowFailure: true })
      : host.docker(['exec', place.container, ...command], { allowFailure: true })

/** Whether anybody answers HTTP there; or what it says. */
async function answers(place: Place, authority: string): Promise<boolean> {
  return (await at(place, ['curl', '-gs', '--max-time', '1', `http://${authority}/`])).exitCode === 0
}

/** Once it listens, however long a busy machine takes. */
async function reached(place: Place, authority: string): Promise<void> {
  await eventually(async () => expect(await answers(place, authority), authority).toBe(true), { timeoutMs: 20_000 })
}

async function pings(place: Place, address: string): Promise<boolean> {
  return (await at(place, ['ping', '-c1', '-W1', address])).exitCode === 0
}

/** By which address outside sees the container, in each family. */
async function seen(container: string): Promise<string[]> {
  const ask = async (address: string): Promise<string> =>
    (await at({ container }, ['curl', '-gs', '--max-time', '5', `http://${address}/`])).stdout
  return Promise.all([ask('192.0.2.2'), ask('[2001:db8::2]')])
}

const theHost = ['192.0.2.1', '2001:db8::1']
const itself = ['10.70.1.2', 'fd70:1::2']

describe('from outside', () => {
  test.each<[string, string[], { published: boolean; direct: boolean; other: boolean; ping: boolean; seen: string[] }]>(
    [
      ['nat', mode('nat'), { published: true, direct: false, other: false, ping: false, seen: theHost }],
      [
        'nat-unprotected',
        mode('nat-unprotected'),
        { published: true, direct: true, other: true, ping: true, seen: theHost },
      ],
      ['routed', mode('routed'), { published: false, direct: true, other: false, ping: true, seen: itself }],
      [
        'a trusted interface',
        ['-o', 'com.docker.network.bridge.trusted_host_interfaces=up9:up0'],
        { published: true, direct: true, other: false, ping: false, seen: theHost },
      ],
      [
        'another trusted interface',
        ['-o', 'com.docker.network.bridge.trusted_host_interfaces=up9'],
        { published: true, direct: false, other: false, ping: false, seen: theHost },
      ],
      [
        'no masquerading',
        ['-o', 'com.docker.network.bridge.enable_ip_masquerade=false'],
        { published: true, direct: false, other: false, ping: false, seen: itself },
      ],
    ],
  )('%s', async (_, options, expected) => {
    expect(await make('lan', 1, ...options)).toBe('')
    await start('web', 'lan', '-p', '8080:80')
    for (const [hostAddress, address] of [
      ['192.0.2.1', '10.70.1.2'],
      ['[2001:db8::1]', '[fd70:1::2]'],
    ])
      await eventually(
        async () => {
          const [published, direct, other, ping, byAddress] = await Promise.all([
            answers('outside', `${hostAddress}:8080`),
            answers('outside', `${address}:80`),
            answers('outside', `${address}:81`),
            pings('outside', address!.replace(/[[\]]/g, '')),
            seen('web'),
          ])
          expect({ published, direct, other, ping, seen: byAddress }).toEqual(expected)
        },
        { timeoutMs: 30_000 },
      )
  })
})

describe('a routed network', () => {
  test('takes none of the host’s ports, and says so as dockerd does; another mode in the other family is as it is by itself', async () => {
    await make('lan', 1, '-o', 'com.docker.network.bridge.gateway_mode_ipv6=routed')
    await start('web', 'lan', '-p', '8080:80', '-p', '127.0.0.1:8081:81', '-p', '[::1]:8082:81')
    const { body } = await host.http('GET', '/containers/web/json')
    expect(body.NetworkSettings.Ports['80/tcp']).toEqual([
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '::', HostPort: '' },
    ])
    await reached('outside', '192.0.2.1:8080')
    expect(await answers('outside', '10.70.1.2:80')).toBe(false)
    expect(await answers('outside', '[2001:db8::1]:8080')).toBe(false)
    await reached('outside', '[fd70:1::2]:80')
    // What was for the host alone is for nobody else now.
    expect(await answers('outside', '[fd70:1::2]:81')).toBe(false)
    // From another network of ours, and after a restart.
    await make('other', 2)
    await start('peer', 'other')
    await reached({ container: 'peer' }, '[fd70:1::2]:80')
    expect(await answers({ container: 'peer' }, '[fd70:1::2]:81')).toBe(false)
    const before = (await host.traces()).nftElements
    await host.stopNetd()
    await host.startNetd()
    expect((await host.traces()).nftElements).toEqual(before)
    await reached('outside', '[fd70:1::2]:80')
  })

  test('is left for one that translates, and come back to', async () => {
    await make('a-routed', 1, ...mode('routed'))
    await make('b-nat', 2)
    await start('web', 'a-routed', '-p', '8080:80')
    await host.docker(['network', 'connect', 'b-nat', 'web'])
    expect(await answers('outside', '192.0.2.1:8080')).toBe(false)
    await host.docker(['network', 'disconnect', 'a-routed', 'web'])
    await reached('outside', '192.0.2.1:8080')
    await host.docker(['network', 'connect', 'a-routed', 'web'])
    expect(await answers('outside', '192.0.2.1:8080')).toBe(false)
    await reached('outside', '10.70.1.2:80')
  })
})

describe('an isolated network', () => {
  test('is one that the host itself is not on', async () => {
    await make('lan', 1, '--internal', ...mode('isolated'), '-o', 'com.docker.network.bridge.name=iso0')
    await start('web', 'lan', '--ip', '10.70.1.2', '--ip6', 'fd70:1::2')
    await start('peer', 'lan')
    const [link] = await host.json<{ addr_info: object[] }[]>(['ip', '-j', 'address', 'show', 'iso0'])
    expect(link!.addr_info).toEqual([])
    for (const address of ['10.70.1.2', '[fd70:1::2]']) {
      await reached({ container: 'peer' }, address)
      expect(await answers('host', address)).toBe(false)
    }
  })
})

describe('without inter-container communication', () => {
  test('a neighbour is reached by what it publishes, though br_netfilter sees bridged frames', async () => {
    await make('lan', 1, '-o', 'com.docker.network.bridge.enable_icc=false')
    await start('web', 'lan', '-p', '8080:80')
    await start('peer', 'lan')
    for (const address of ['10.70.1.2', '[fd70:1::2]'])
      expect(await answers({ container: 'peer' }, address), address).toBe(false)
    for (const address of ['192.0.2.1', '10.70.1.1', '[2001:db8::1]', '[fd70:1::1]'])
      await reached({ container: 'peer' }, `${address}:8080`)
    await reached({ container: 'web' }, '192.0.2.1:8080')
    await reached('outside', '192.0.2.1:8080')
  })
})

describe('what makes no sense', () => {
  test.each([
    [['-o', 'com.docker.network.bridge.gateway_mode_ipv4=bridged'], 'unknown gateway mode bridged'],
    [mode('isolated'), "gateway mode 'isolated' can only be used for an internal network"],
    [['-o', 'com.docker.network.bridge.trusted_host_interfaces=up0::up1'], 'is no interface name'],
    [
      ['-o', 'com.docker.network.bridge.enable_icc=perhaps'],
      'failed to parse com.docker.network.bridge.enable_icc value: perhaps',
    ],
  ])('%s is refused', async (options, sentence) => {
    const { exitCode, stderr } = await host.docker(['network', 'create', ...options, 'odd'], { allowFailure: true })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(sentence)
  })

  test.each([
    [mode('routed').slice(2), 'no subnet of that family'],
    [['--internal', ...mode('routed').slice(0, 2)], 'nothing leaves an internal network'],
    [['--internal', '-o', 'com.docker.network.bridge.trusted_host_interfaces=up0'], 'has no effect'],
  ])('%s is told', async (options, sentence) => {
    const { body } = await host.http('POST', '/networks/create', {
      Name: 'odd',
      Internal: options.includes('--internal'),
      Options: Object.fromEntries(options.filter((text) => text.includes('=')).map((text) => text.split('='))),
    })
    expect(body.Warning).toContain(sentence)
  })
})
