/**
 * The networks of one situation, in namespaces of its own:
 *
 *     out 192.0.2.2 ── 192.0.2.1 host ┬─ br1 10.1.0.1 ── a .2, b .3
 *                                     └─ br2 10.2.0.1 ── c .2
 *     x 10.20.1.2 ── 10.20.1.1 r 10.20.2.1 ── 10.20.2.2 y
 *
 * Each has the same in IPv6: 2001:db8::/64 outside, fd00:1::/64, fd00:2::/64, fd00:21::/64 and fd00:22::/64.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { openFirewall } from '../../netd/firewall/nftables-firewall.ts'
import type { BridgeIntent, PublishIntent } from '../../netd/firewall/firewall.ts'
import type { KernelStep } from '../../netd/kernel/kernel.ts'
import { listenIn } from '../support/listen-in.ts'
import { run, type RunResult } from '../support/run.ts'
import type { TestHost } from '../netd/kernel/host.ts'

export const nodes = ['host', 'out', 'a', 'b', 'c', 'x', 'r', 'y'] as const
export type Node = (typeof nodes)[number]

/** Where each is, without the router's and the host's other addresses. */
export const addresses: Record<Node, { ipv4: string; ipv6: string }> = {
  host: { ipv4: '192.0.2.1', ipv6: '2001:db8::1' },
  out: { ipv4: '192.0.2.2', ipv6: '2001:db8::2' },
  a: { ipv4: '10.1.0.2', ipv6: 'fd00:1::2' },
  b: { ipv4: '10.1.0.3', ipv6: 'fd00:1::3' },
  c: { ipv4: '10.2.0.2', ipv6: 'fd00:2::2' },
  x: { ipv4: '10.20.1.2', ipv6: 'fd00:21::2' },
  r: { ipv4: '10.20.1.1', ipv6: 'fd00:21::1' },
  y: { ipv4: '10.20.2.2', ipv6: 'fd00:22::2' },
}

export interface Shape {
  isInternal: boolean
  isMasquerade: boolean
  /** Whether `out` has routes to the containers' subnets. */
  isRouted: boolean
  /** `-p 8080:80` of b, `-p 192.0.2.1:8081:80` of c, `-p 9000-9009:9000-9009` of c. */
  isPublished: boolean
  /** br_netfilter asks layer 3 for bridged frames. */
  isBridgeFiltered: boolean
}

export class Topology implements AsyncDisposable {
  readonly #host: TestHost
  readonly #prefix: string
  readonly #servers: { close: () => void }[] = []

  constructor(host: TestHost, prefix: string) {
    this.#host = host
    this.#prefix = prefix
  }

  path(node: Node): string {
    return this.#host.path(`${this.#prefix}${node}`)
  }

  /** A shell in a node's namespace. */
  sh(node: Node, script: string, options: { allowFailure?: boolean } = {}): Promise<RunResult> {
    return run(['nsenter', `--net=${this.path(node)}`, '--', 'bash', '-c', script], options)
  }

  async build(shape: Shape): Promise<void> {
    const { kernel } = this.#host
    const steps: KernelStep[] = nodes.map((node) => ({ do: 'netns.create', path: this.path(node) }))
    for (const node of nodes) {
      const sysctl = (name: string, value: string): KernelStep => ({
        do: 'sysctl.set',
        namespace: this.path(node),
        name,
        value,
        mayBeMissing: true,
      })
      // An address is of use at once: no duplicate address detection, which takes a second or two.
      steps.push(sysctl('net.ipv6.conf.default.accept_dad', '0'))
      steps.push(sysctl('net.ipv6.conf.all.accept_dad', '0'))
      if (node !== 'host' && node !== 'r') continue
      steps.push(sysctl('net.ipv4.ip_forward', '1'), sysctl('net.ipv6.conf.all.forwarding', '1'))
      const filtered = shape.isBridgeFiltered ? '1' : '0'
      steps.push(sysctl('net.bridge.bridge-nf-call-iptables', filtered))
      steps.push(sysctl('net.bridge.bridge-nf-call-ip6tables', filtered))
    }
    for (const number of [1, 2]) {
      steps.push({ do: 'link.add', namespace: this.path('host'), name: `br${number}`, kind: 'bridge', isUp: true })
      steps.push(...this.#addresses('host', `br${number}`, `10.${number}.0.1/24`, `fd00:${number}::1/64`))
    }
    for (const [node, number] of [
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ] as const) {
      steps.push(...this.#pair('host', node, node, 'eth0', { master: `br${number}` }))
      steps.push(...this.#own(node, 'eth0', 24), ...this.#default(node, `10.${number}.0.1`, `fd00:${number}::1`))
    }
    steps.push(...this.#pair('host', 'eth0', 'out', 'eth0'))
    steps.push(...this.#own('host', 'eth0', 24), ...this.#own('out', 'eth0', 24))
    if (shape.isRouted) steps.push(...this.#default('out', '192.0.2.1', '2001:db8::1'))
    steps.push(...this.#default('host', '192.0.2.2', '2001:db8::2'))
    steps.push(...this.#pair('r', 'x', 'x', 'eth0'), ...this.#pair('r', 'y', 'y', 'eth0'))
    steps.push(...this.#own('x', 'eth0', 24), ...this.#own('y', 'eth0', 24))
    steps.push(...this.#addresses('r', 'x', '10.20.1.1/24', 'fd00:21::1/64'))
    steps.push(...this.#addresses('r', 'y', '10.20.2.1/24', 'fd00:22::1/64'))
    steps.push(...this.#default('x', '10.20.1.1', 'fd00:21::1'), ...this.#default('y', '10.20.2.1', 'fd00:22::1'))
    await kernel.apply(steps)

    const firewall = openFirewall({ kernel, host: this.path('host'), table: 'trestle' })
    const bridges = [1, 2].map((number): BridgeIntent => ({
      bridge: `br${number}`,
      ipv4Subnets: [`10.${number}.0.0/24`],
      ipv6Subnets: [`fd00:${number}::/64`],
      isInternal: number === 2 && shape.isInternal,
      isMasquerade: shape.isMasquerade,
      isGuarded: false,
    }))
    await firewall.reconcile(bridges, shape.isPublished ? published : [])
    await kernel.apply(
      bridges.flatMap((intent) => firewall.bridgeSteps(intent)).filter((step) => step.do === 'sysctl.set'),
    )
  }

  #pair(one: Node, name: string, other: Node, peer: string, settings: { master?: string } = {}): KernelStep[] {
    return [
      {
        do: 'link.add',
        namespace: this.path(one),
        name,
        kind: 'veth',
        peer: { namespace: this.path(other), name: peer },
        isUp: true,
        ...settings,
        ...(settings.master === undefined ? {} : { port: { isHairpin: true } }),
      },
      { do: 'link.set', namespace: this.path(other), name: peer, isUp: true },
    ]
  }

  #addresses(node: Node, link: string, ...all: string[]): KernelStep[] {
    return all.map((address) => ({
      do: 'address.add',
      namespace: this.path(node),
      link,
      address,
      isNoDad: address.includes(':'),
    }))
  }

  #own(node: Node, link: string, length: number): KernelStep[] {
    return this.#addresses(node, link, `${addresses[node].ipv4}/${length}`, `${addresses[node].ipv6}/64`)
  }

  #default(node: Node, ...gateways: string[]): KernelStep[] {
    return gateways.map((via) => ({
      do: 'route.add',
      namespace: this.path(node),
      destination: via.includes(':') ? '::/0' : '0.0.0.0/0',
      via,
    }))
  }

  /** Takes TCP connections and answers datagrams; served from here. */
  async serve(node: Node, address: string, port: number): Promise<void> {
    const tcp = createServer((socket) => socket.on('error', () => {}).end())
    tcp.listen({ fd: listenIn(this.path(node), 'tcp', address, port).fd })
    await once(tcp, 'listening')
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    udp.on('message', (message, from) => udp.send(message, from.port, from.address, () => {}))
    udp.on('error', () => {})
    // With a descriptor it is told at once.
    const listening = once(udp, 'listening')
    udp.bind({ fd: listenIn(this.path(node), 'udp', address, port).fd })
    await listening
    this.#servers.push(tcp, udp)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close()
    await this.#host.kernel.teardown(nodes.map((node) => ({ do: 'netns.delete', path: this.path(node) })))
  }
}

const port = (hostAddress: string, hostPort: number, containerPort: number) =>
  (['tcp', 'udp'] as const).map((protocol) => ({ hostAddress, hostPort, containerPort, protocol }))

const published: PublishIntent[] = [
  { ports: [...port('0.0.0.0', 8080, 80), ...port('::', 8080, 80)], ...addresses.b },
  {
    ports: [
      ...port('192.0.2.1', 8081, 80),
      ...Array.from({ length: 10 }, (_, nth) => port('0.0.0.0', 9000 + nth, 9000 + nth)).flat(),
    ],
    ipv4: addresses.c.ipv4,
    ipv6: addresses.c.ipv6,
  },
]
