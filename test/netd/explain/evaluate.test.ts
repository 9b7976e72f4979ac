/** The evaluator beside the kernel's own words for a rule: rulesets are written with nft and iptables-nft, and read back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runChain } from '../../../netd/explain/evaluate.ts'
import { exactly, type Packet } from '../../../netd/explain/packet.ts'
import { noRegisters } from '../../../netd/explain/registers.ts'
import { ruleText } from '../../../netd/explain/rule-text.ts'
import type { Scene } from '../../../netd/explain/scene.ts'
import { testHost, type TestHost } from '../kernel/host.ts'

let host: TestHost
beforeAll(async () => {
  host = await testHost()
})
afterAll(() => host[Symbol.asyncDispose]())

const packet: Packet = {
  family: 'ipv4',
  protocol: 'tcp',
  source: '10.0.0.2',
  destination: '10.0.0.3',
  sourcePort: { low: 32_768, high: 60_999 },
  destinationPort: exactly(80),
  isReply: false,
  size: 60,
  mark: 0,
}
const tuple = {
  source: packet.source,
  destination: packet.destination,
  sourcePort: packet.sourcePort,
  destinationPort: packet.destinationPort,
}

async function verdict(script: string, family: 'inet' | 'ip', table: string, chain: string): Promise<string> {
  await host.in(host.namespace, ['sh', '-ec', `nft flush ruleset; ${script}`])
  const { ruleset } = await host.kernel.survey(host.namespace)
  const base = ruleset.chains.find((one) => one.family === family && one.table === table && one.name === chain)!
  const scene: Scene = {
    ruleset,
    work: { left: 500_000 },
    family,
    hook: 'forward',
    input: { index: 2, name: 'eth0', mac: '', mtu: 1500, isUp: true, hasCarrier: true, isLoopback: false, group: 0 },
    output: { index: 3, name: 'br-lan', mac: '', mtu: 1500, isUp: true, hasCarrier: true, isLoopback: false, group: 0 },
    tracking: {
      state: 'new',
      direction: 'original',
      original: tuple,
      reply: { ...tuple, source: tuple.destination, destination: tuple.source },
      isSourceTranslated: false,
      isDestinationTranslated: false,
      mark: 0,
    },
    addressType: (address) => (address === '10.0.0.3' ? 'local' : 'unicast'),
  }
  const ending = runChain(scene, base, {
    packet,
    registers: noRegisters,
    connectionMark: 0,
    isUntracked: false,
    notes: [],
  })
  const { translation } = ending.state
  const to =
    translation === undefined ? '' : ` ${translation.kind} ${translation.address ?? 'own'}:${translation.port ?? ''}`
  return ending.kind === 'unsure' ? `unsure: ${ending.why}` : `${ending.kind}${to}`
}

describe('rules of nft', () => {
  test.each([
    ['tcp dport 80 drop', 'drop'],
    ['tcp dport != 80 drop', 'accept'],
    ['tcp dport { 22, 80-90 } drop', 'drop'],
    ['tcp dport { 22, 81-90 } drop', 'accept'],
    ['tcp dport 81-90 drop', 'accept'],
    ['udp dport 80 drop', 'accept'],
    ['ip saddr 10.0.0.0/24 ip daddr 10.0.0.3 drop', 'drop'],
    ['ip saddr 10.0.0.0/30 drop', 'drop'],
    ['ip saddr != 10.0.0.0/8 drop', 'accept'],
    ['ip6 saddr fd00::/8 drop', 'accept'],
    ['iifname "eth*" oifname "br-lan" drop', 'drop'],
    ['iifname { "eth0", "eth1" } drop', 'drop'],
    ['ip saddr . tcp dport { 10.0.0.0/24 . 1-79, 10.0.0.2 . 80 } drop', 'drop'],
    ['ip saddr . tcp dport { 10.0.0.0/24 . 1-79, 10.0.0.9 . 80 } drop', 'accept'],
    ['tcp dport vmap { 1-79 : accept, 80 : drop, * : accept }', 'drop'],
    ['tcp dport vmap { 1-79 : drop, 443 : drop }', 'accept'],
    ['tcp dport vmap { 443 : accept, * : drop }', 'drop'],
    ['ct state established,related drop', 'accept'],
    ['ct state vmap { established : accept, new : drop }', 'drop'],
    ['ct original ip daddr 10.0.0.3 drop', 'drop'],
    ['ct status dnat drop', 'accept'],
    ['tcp flags syn drop', 'drop'],
    ['tcp flags & (fin|syn|rst|ack) == syn drop', 'drop'],
    ['tcp flags ack drop', 'accept'],
    ['meta mark 1-5 drop', 'accept'],
    ['meta mark set 3 meta mark 1-5 drop', 'drop'],
    ['ct mark set 7 ct mark 7 drop', 'drop'],
    ['meta l4proto { tcp, udp } th dport 80 drop', 'drop'],
    ['meta nfproto ipv6 drop', 'accept'],
    ['fib daddr type local drop', 'drop'],
    ['fib saddr type local drop', 'accept'],
    ['limit rate over 10/second drop', 'accept'],
    ['limit rate 10/second counter log prefix "x" drop', 'drop'],
    ['tcp option maxseg size set rt mtu', 'accept'],
    ['reject with tcp reset', 'drop'],
    ['tcp sport & 0x00ff == 0 drop', 'unsure: what it compares is not known beforehand'],
    ['rt mtu 1-9000 drop', 'unsure: it looks at the route'],
    ['ct zone set 1', 'unsure: it sets the zone of connection tracking'],
    // A client's port is one of the ephemeral range, and no other is known of it.
    ['tcp sport 53 drop', 'accept'],
    ['tcp sport 1024-65535 drop', 'drop'],
    ['tcp sport 40000 drop', 'unsure: what it compares is not known beforehand'],
    ['numgen random mod 2 0 drop', 'unsure: it counts packets or draws a number'],
    ['numgen random mod 2 1 drop', 'unsure: it counts packets or draws a number'],
    ['numgen random mod 2 vmap { 0 : accept, 1 : drop }', 'unsure: it counts packets or draws a number'],
    ['numgen random mod 2 0 counter', 'accept'],
  ])('%s: %s', async (rule, expected) => {
    const script = `nft 'table inet t { chain f { type filter hook forward priority 0; ${rule}; }; }'`
    expect(await verdict(script, 'inet', 't', 'f')).toBe(expected)
  })

  test('the work is bounded, and what is open on a rule that only looks on is no work at all', async () => {
    const many = (rule: string, count: number): string => Array.from({ length: count }, () => `${rule};`).join(' ')
    const of = (rules: string, more = ''): Promise<string> =>
      verdict(
        `L=$(awk 'BEGIN { for (i = 0; i < 30000; i++) printf "172.16.%d.%d, ", i / 256, i % 256 }'); nft -f - <<END\ntable inet t { ${more} chain f { type filter hook forward priority 0; ${rules} }; }\nEND`,
        'inet',
        't',
        'f',
      )
    expect(await of(many('numgen random mod 2 0 counter', 2000))).toBe('accept')
    expect(await of(many('numgen random mod 2 0 limit rate 1/second drop', 30) + ' accept;')).toMatch(/^unsure/)
    // Each doubles the ways.
    const marks = Array.from(
      { length: 40 },
      (_, bit) => `numgen random mod 2 0 ct mark set ct mark | ${1 << (bit % 30)}`,
    )
    expect(await of(`${marks.join('; ')}; drop;`)).toMatch(/^(drop|unsure)/)
    expect(await of(many('numgen random mod 2 0 ct mark set 1', 3000))).toMatch(/^unsure/)
    // 8 chains of which each jumps ten times to the next: a hundred million rules to go through.
    const chains = Array.from(
      { length: 9 },
      (_, nth) => `chain c${8 - nth} { ${nth === 0 ? 'counter;' : many(`jump c${9 - nth}`, 10)} };`,
    )
    expect(await of('jump c0; drop;', chains.join(' '))).toBe('unsure: the ruleset is too large to follow')
    // A list of 30,000 addresses, asked by 300 rules.
    const lists = `set single { type ipv4_addr; elements = { $L }; }; set wide { type ipv4_addr; flags interval; elements = { $L 10.0.0.0/24 }; };`
    expect(await of(many('ip saddr @single drop', 300), lists)).toBe('accept')
    expect(await of(`${many('ip saddr != @wide drop', 300)} ip saddr @wide drop;`, lists)).toBe('drop')
    // As many as nobody reads.
    const huge = Array.from({ length: 10 }, (_, nth) => `set s${nth} { type ipv4_addr; elements = { $L }; };`)
    expect(await of('ip saddr @s9 drop; accept;', huge.join(' '))).toBe('unsure: the set s9 is too large to read')
  }, 60_000)

  test('jump comes back, goto does not, return leaves the chain, and the policy is the last word', async () => {
    const table = (rules: string, more: string): string =>
      `nft 'table inet t { ${more} chain f { type filter hook forward priority 0; policy drop; ${rules} }; }'`
    const of = (rules: string, more = ''): Promise<string> => verdict(table(rules, more), 'inet', 't', 'f')
    expect(await of('')).toBe('drop')
    expect(await of('jump one; accept;', 'chain one { return; };')).toBe('accept')
    expect(await of('goto one; accept;', 'chain one { counter; };')).toBe('drop')
    expect(await of('jump two; accept;', 'chain one { counter; }; chain two { goto one; drop; };')).toBe('accept')
    expect(await of('ip daddr 10.0.0.3 return; accept;')).toBe('drop')
  })

  test('addresses are translated, also from maps', async () => {
    const of = (rule: string, hook = 'prerouting'): Promise<string> =>
      verdict(`nft 'table ip t { chain f { type nat hook ${hook} priority 0; ${rule}; }; }'`, 'ip', 't', 'f')
    expect(await of('tcp dport 80 dnat to 10.1.0.1:8080')).toBe('accept destination 10.1.0.1:8080')
    expect(await of('dnat to tcp dport map { 80 : 10.1.0.1, 81 : 10.1.0.2 }')).toBe('accept destination 10.1.0.1:')
    expect(await of('dnat ip to ip daddr . tcp dport map { 10.0.0.3 . 80 : 10.1.0.1 . 8080 }')).toBe(
      'accept destination 10.1.0.1:8080',
    )
    expect(await of('tcp dport 80 redirect to :8080')).toBe('accept destination own:8080')
    expect(await of('tcp dport 80 redirect to :8080-8090')).toMatch(/^unsure: /)
    expect(await of('tcp dport 80 dnat to 10.1.0.1:8080-8090')).toMatch(/^unsure: /)
    expect(await of('meta l4proto tcp snat to 10.1.0.1:1024-2048', 'postrouting')).toBe('accept source 10.1.0.1:')
    expect(await of('masquerade', 'postrouting')).toBe('accept source own:')
    expect(await of('snat to 10.1.0.1-10.1.0.9', 'postrouting')).toBe(
      'unsure: it translates to one of several addresses',
    )
  })
})

describe('rules of iptables-nft', () => {
  test.each([
    ['filter', 'FORWARD -p tcp -m tcp --dport 80:90 -j DROP', 'drop'],
    ['filter', 'FORWARD -p tcp -m tcp --dport 81:90 -j DROP', 'accept'],
    ['filter', 'FORWARD -p tcp -m multiport --dports 22,70:80 -j DROP', 'drop'],
    ['filter', 'FORWARD -p tcp -m multiport ! --dports 22,70:80 -j DROP', 'accept'],
    ['filter', 'FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j DROP', 'accept'],
    ['filter', 'FORWARD -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP', 'drop'],
    ['filter', 'FORWARD -m conntrack --ctorigdst 10.0.0.3 -j DROP', 'drop'],
    ['filter', 'FORWARD -m state --state NEW -j DROP', 'drop'],
    ['filter', 'FORWARD -m addrtype --dst-type LOCAL -j DROP', 'drop'],
    ['filter', 'FORWARD -m addrtype ! --dst-type LOCAL -j DROP', 'accept'],
    ['filter', 'FORWARD -m comment --comment hello -m mark ! --mark 1 -j DROP', 'drop'],
    ['filter', 'FORWARD ! -i eth0 -o br-lan -j DROP', 'accept'],
    ['filter', 'FORWARD -i eth+ -o br-lan -j REJECT', 'drop'],
    ['filter', 'FORWARD -p tcp --syn -j DROP', 'drop'],
    [
      'filter',
      'FORWARD -m statistic --mode random --probability 0.5 -j DROP',
      'unsure: the iptables match statistic (revision 0) is not evaluated',
    ],
    ['nat', 'PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.1.0.1:8080', 'accept destination 10.1.0.1:8080'],
    ['nat', 'PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080', 'accept destination own:8080'],
    ['nat', 'PREROUTING -p tcp -j DNAT --to-destination 10.1.0.1:1-9', 'unsure: it translates to one of several ports'],
    ['nat', 'POSTROUTING -s 10.0.0.0/24 ! -o eth0 -j MASQUERADE', 'accept source own:'],
    ['nat', 'POSTROUTING -j SNAT --to-source 10.1.0.1', 'accept source 10.1.0.1:'],
  ])('-t %s -A %s: %s', async (table, rule, expected) => {
    const script = `iptables-nft -t ${table} -A ${rule}`
    expect(await verdict(script, 'ip', table, rule.split(' ')[0]!)).toBe(expected)
  })
})

test('a rule reads as nft prints it, nearly', async () => {
  await host.in(host.namespace, [
    'sh',
    '-ec',
    `nft flush ruleset; nft 'table inet t { chain f { ip saddr 10.0.0.0/24 th dport 53 ct state new drop; iifname "br*" oifname != "eth0" meta mark set 0x3 jump g; }; chain g { fib daddr type local ip daddr . th dport vmap { 10.0.0.1 . 80 : drop } ; }; }'`,
  ])
  const { ruleset } = await host.kernel.survey(host.namespace)
  const texts = ruleset.chains.flatMap(({ rules }) => rules.map(ruleText))
  expect(texts).toEqual([
    'meta nfproto ipv4 ip saddr 10.0.0.0/24 th dport 53 ct state new drop',
    'iifname "br*" oifname != "eth0" meta mark set 0x03000000 jump g',
    'fib daddr type local meta nfproto ipv4 ip daddr . th dport vmap @__map0',
  ])
  await host.in(host.namespace, [
    'sh',
    '-ec',
    `nft flush ruleset; nft 'table ip t { map m { type inet_service : ipv4_addr . inet_service; }; chain f { type nat hook prerouting priority 0; dnat ip to tcp dport map @m; }; }'`,
  ])
  const { ruleset: translating } = await host.kernel.survey(host.namespace)
  expect(translating.chains.flatMap(({ rules }) => rules.map(ruleText))).toEqual([
    'meta l4proto tcp dnat to th dport map @m',
  ])
})
