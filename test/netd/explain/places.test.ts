/** Rules where few look for them: what becomes of the packet there is the same in explain's words and on the wire. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answers, type Shot } from '../../explain/packets.ts'
import { ask } from '../../explain/situations.ts'
import { Topology, type Node } from '../../explain/topology.ts'
import { testHost, type TestHost } from '../kernel/host.ts'

let host: TestHost
beforeAll(async () => {
  host = await testHost()
})
afterAll(() => host[Symbol.asyncDispose]())

const shape = { isInternal: false, isMasquerade: false, isRouted: true, isPublished: false, isBridgeFiltered: false }
const bridged: Shot = { from: 'a', to: 'b', address: '10.1.0.3', protocol: 'tcp', port: 80, sizeBytes: 60 }
const routed: Shot = { from: 'x', to: 'y', address: '10.20.2.2', protocol: 'tcp', port: 80, sizeBytes: 60 }
const own: Shot = { from: 'host', to: 'host', address: '127.0.0.1', protocol: 'tcp', port: 80, sizeBytes: 60 }
const toHost: Shot = { from: 'a', to: 'host', address: '10.1.0.1', protocol: 'tcp', port: 80, sizeBytes: 60 }

const chain = (family: string, hook: string, rules: string, type = 'filter', priority = '0', device = ''): string =>
  `nft 'table ${family} ours { chain ${hook} { type ${type} hook ${hook} ${device === '' ? '' : `device ${device} `}priority ${priority}; ${rules} }; }'`

const newOnly = chain('inet', 'forward', 'policy drop; ct state established,related accept; ct state new accept;')

test.each<[what: string, shot: Shot, at: Node, script: string, verdict: string]>([
  [
    'egress of a port of a bridge',
    bridged,
    'host',
    chain('netdev', 'egress', 'tcp dport 80 drop;', 'filter', '0', 'b'),
    'lost',
  ],
  [
    'ingress of the bridge itself',
    toHost,
    'host',
    chain('netdev', 'ingress', 'tcp dport 80 drop;', 'filter', '0', 'br1'),
    'lost',
  ],
  [
    'egress of the bridge itself, of the answer',
    toHost,
    'host',
    chain('netdev', 'egress', 'tcp sport 80 drop;', 'filter', '0', 'br1'),
    'lost',
  ],
  ['ingress of lo', own, 'host', chain('netdev', 'ingress', 'tcp dport 80 drop;', 'filter', '0', 'lo'), 'lost'],
  [
    'a mark of the sender is gone behind the wire',
    routed,
    'x',
    `${chain('inet', 'output', 'meta mark set 7;')}; nsenter --net=$R nft 'table inet m { chain f { type filter hook forward priority 0; meta mark 7 drop; }; }'`,
    'arrives',
  ],
  [
    'a packet that is not tracked is none that is new',
    routed,
    'r',
    `${newOnly}; ${chain('inet', 'prerouting', 'tcp dport 80 notrack;', 'filter', '-300')}`,
    'lost',
  ],
  [
    'nor is it translated',
    routed,
    'r',
    `${chain('inet', 'prerouting', 'tcp dport 80 notrack;', 'filter', '-300')}; nft 'table ip nats { chain d { type nat hook prerouting priority -100; dnat to 192.0.2.99; }; }'`,
    'arrives',
  ],
  [
    'its answer belongs to nothing',
    routed,
    'r',
    `${chain('inet', 'prerouting', 'tcp dport 80 notrack;', 'filter', '-300')}; ${chain('inet', 'forward', 'ct state invalid drop;')}`,
    'lost',
  ],
  [
    '-j CT --notrack is the same',
    routed,
    'r',
    `iptables-nft -t raw -A PREROUTING -p tcp --dport 80 -j CT --notrack; ${newOnly}`,
    'lost',
  ],
  [
    'of two translations with one priority the younger is asked first',
    routed,
    'r',
    "nft 'table ip one { chain d { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.20.2.2:80; }; }'; nft 'table ip two { chain d { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.20.2.2:81; }; }'",
    'lost',
  ],
])(
  '%s',
  async (what, shot, at, script, verdict) => {
    await using topology = new Topology(host, `p${what.length}${what.charCodeAt(0)}-`)
    await topology.build(shape)
    await topology.serve(shot.to, '0.0.0.0', 80)
    expect((await ask(host, topology, shot)).verdict).toBe('arrives')
    await topology.sh(at, `set -e; R=${topology.path('r')}; ${script}`)
    const { verdict: said, sentence } = await ask(host, topology, shot)
    expect([await answers(topology, shot, verdict === 'lost' ? 1 : 10), said], sentence).toEqual([
      verdict === 'arrives',
      verdict,
    ])
  },
  60_000,
)
