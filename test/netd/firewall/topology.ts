/**
 * A host with two bridges and an internal one, containers on them, and a neighbour outside that routes straight at the
 * containers. Built with ip(8), so that only the firewall under test is ours.
 *
 *     outside 192.0.2.2 ── 192.0.2.1 host ┬─ br1 10.1.0.1 ── one .2, two .3
 *                                         ├─ br2 10.2.0.1 ── three .2
 *                                         └─ int0 10.3.0.1 ── hidden .2, hidden2 .3
 *
 * Each has the same in IPv6: 2001:db8::/64 outside, fd00:1::/64, fd00:2::/64, fd00:3::/64.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { BridgeIntent } from '../../../netd/firewall/firewall.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

export const bridges: BridgeIntent[] = [1, 2, 3].map((number) => ({
  bridge: number === 3 ? 'int0' : `br${number}`,
  ipv4Subnets: [`10.${number}.0.0/24`],
  ipv6Subnets: [`fd00:${number}::/64`],
  isInternal: number === 3,
  isMasquerade: true,
  isGuarded: false,
}))

export const nodes = ['outside', 'one', 'two', 'three', 'hidden', 'hidden2'] as const
export type Node = (typeof nodes)[number]

const places: Record<Exclude<Node, 'outside'>, { network: number; host: number }> = {
  one: { network: 1, host: 2 },
  two: { network: 1, host: 3 },
  three: { network: 2, host: 2 },
  hidden: { network: 3, host: 2 },
  hidden2: { network: 3, host: 3 },
}

export interface Topology extends AsyncDisposable {
  host: FreshNamespace
  nodes: Record<Node, FreshNamespace>
  /** Serves HTTP and UDP echo on these ports; the answer is the node's name and the client's address. */
  serve(at: Node | 'host', address: string, ports: number[]): Promise<void>
}

export async function buildTopology(): Promise<Topology> {
  const stack = new AsyncDisposableStack()
  const host = stack.use(await freshNamespace())
  const namespaces = {} as Record<Node, FreshNamespace>
  for (const node of nodes) namespaces[node] = stack.use(await freshNamespace())
  // An address is of use at once: no duplicate address detection, which takes a second or two.
  for (const namespace of [host, ...Object.values(namespaces)])
    await namespace.run(['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0'])
  const batch = (namespace: FreshNamespace, commands: string[]): Promise<unknown> =>
    namespace.run(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` })

  await batch(host, [
    `link add eth0 up type veth peer name eth0 netns ${namespaces.outside.pid}`,
    'address add 192.0.2.1/24 dev eth0',
    'address add 2001:db8::1/64 dev eth0 nodad',
    ...bridges.flatMap(({ bridge }, at) => [
      `link add ${bridge} up type bridge`,
      `address add 10.${at + 1}.0.1/24 dev ${bridge}`,
      `address add fd00:${at + 1}::1/64 dev ${bridge} nodad`,
    ]),
    ...Object.entries(places).flatMap(([node, { network }]) => [
      `link add ${node} up master ${bridges[network - 1]!.bridge} type veth peer name eth0 netns ${namespaces[node as Node].pid}`,
      // With br_netfilter a container's packet to its own published port is turned back by the bridge, not by routing.
      `link set ${node} type bridge_slave hairpin on`,
    ]),
  ])
  await host.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
  await batch(namespaces.outside, [
    'link set eth0 up',
    'address add 192.0.2.2/24 dev eth0',
    'address add 2001:db8::2/64 dev eth0 nodad',
    'route add 10.0.0.0/8 via 192.0.2.1',
    'route add fd00::/16 via 2001:db8::1',
  ])
  for (const [node, { network, host: number }] of Object.entries(places)) {
    await batch(namespaces[node as Node], [
      'link set eth0 up',
      `address add 10.${network}.0.${number}/24 dev eth0`,
      `address add fd00:${network}::${number}/64 dev eth0 nodad`,
      `route add default via 10.${network}.0.1`,
      `route add default via fd00:${network}::1`,
    ])
  }

  return {
    host,
    nodes: namespaces,
    async serve(at, address, ports) {
      const { path } = at === 'host' ? host : namespaces[at]
      const server = spawn(
        'nsenter',
        [`--net=${path}`, '--', process.execPath, '-e', serverScript, at, address, ports.join()],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      stack.defer(async () => {
        const ended = once(server, 'exit')
        server.kill()
        await ended
      })
      await once(server.stdout, 'data')
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const serverScript = `
const [name, address, ports] = process.argv.slice(1)
const plain = (peer) => peer.replace('::ffff:', '')
const ready = ports.split(',').flatMap((port) => [
  new Promise((resolve) => require('http').createServer((request, response) => {
    response.setHeader('connection', 'close')
    response.end(name + ' saw ' + plain(request.socket.remoteAddress))
  }).listen(port, address, resolve)),
  new Promise((resolve) => {
    const socket = require('dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.on('message', (message, from) => socket.send(name + ' saw ' + plain(from.address), from.port, from.address))
    socket.bind(port, address, resolve)
  }),
])
Promise.all(ready).then(() => console.log('up'))
`

/** What an HTTP server says, or curl's exit code: 7 is refused, 28 is silence. */
export async function fetchFrom(client: FreshNamespace, url: string): Promise<string | number> {
  const { exitCode, stdout } = await client.run(['curl', '-gs', '--max-time', '1', url], { allowFailure: true })
  return exitCode === 0 ? stdout : exitCode
}

/** What a UDP echo server says; 28 for silence, 7 for ICMP. */
export async function askOverUdp(
  client: FreshNamespace,
  address: string,
  port: number,
  sourcePort = 0,
): Promise<string | number> {
  const script = `
const [address, port, source] = process.argv.slice(1)
const socket = require('dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4')
const end = (text) => { process.stdout.write(text); process.exit() }
socket.on('message', (message) => end(String(message)))
socket.on('error', () => end('7'))
socket.bind(Number(source), () => socket.connect(Number(port), address, () => socket.send('hello')))
setTimeout(end, 1000, '28')`
  const { stdout } = await client.run([process.execPath, '-e', script, address, String(port), String(sourcePort)])
  return /^\d+$/.test(stdout) ? Number(stdout) : stdout
}

/** What whoever rules a namespace can do: its packets for 127.0.0.1 go to the gateway instead of lo. Gives back the way back. */
export async function sendLoopbackTo(namespace: FreshNamespace, gateway: string): Promise<() => Promise<unknown>> {
  await namespace.run(['sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1'])
  const rules = [
    'rule add priority 5 lookup local',
    `route add 127.0.0.1 via ${gateway} table 99`,
    'rule add priority 1 to 127.0.0.1 lookup 99',
    'rule delete priority 0',
  ]
  await namespace.run(['ip', '-batch', '-'], { input: `${rules.join('\n')}\n` })
  return () =>
    namespace.run(['ip', '-batch', '-'], {
      input: 'rule add priority 0 lookup local\nrule delete priority 1\nrule delete priority 5\nroute flush table 99\n',
    })
}
