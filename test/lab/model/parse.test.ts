import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseTopology } from '../../../lab/model/parse.ts'
import { TopologyError } from '../../../lab/yaml/problem.ts'

function problemsOf(text: string): string[] {
  try {
    parseTopology(text, 'lab.yaml')
  } catch (error) {
    if (error instanceof TopologyError) return error.message.split('\n')
    throw error
  }
  return []
}

const nodes = 'nodes: { a: { image: x }, b: }\n'

describe('a topology file', () => {
  test('is read into what it says, with defaults for what it does not', () => {
    const text = `
name: demo
networks:
  front: { subnet: 10.1.0.0/24, gateway: 10.1.0.254 }
  back:
nodes:
  web:
    image: trestle/toolbox
    command: httpd -f
    networks: { front: { ip: 10.1.0.2, aliases: [www] }, back }
    ports: ["127.0.0.1:8080:80", "[::1]:53:5353/udp"]
    env: { DEBUG: 1, VERBOSE: true }
    start: [ip route, [ip, link]]
  red:
    sysctls: { net.ipv4.ip_forward: 1 }
links:
  - ends: ["web:eth7 10.2.0.1/24 fd00::1/64", { node: red, interface: eth1, mac: "02:00:00:00:00:01" }]
    mtu: 1400
`
    expect(parseTopology(text, 'lab.yaml')).toEqual({
      name: 'demo',
      networks: {
        front: { subnet: '10.1.0.0/24', gateway: '10.1.0.254', internal: false, driver: 'bridge', options: {} },
        back: { internal: false, driver: 'bridge', options: {} },
      },
      nodes: {
        web: {
          image: 'trestle/toolbox',
          command: ['sh', '-c', 'httpd -f'],
          networks: { front: { ip: '10.1.0.2', aliases: ['www'] }, back: { aliases: [] } },
          ports: [
            { hostAddress: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
            { hostAddress: '::1', hostPort: 53, containerPort: 5353, protocol: 'udp' },
          ],
          env: { DEBUG: '1', VERBOSE: 'true' },
          sysctls: {},
          start: [
            ['sh', '-c', 'ip route'],
            ['ip', 'link'],
          ],
        },
        red: { networks: {}, ports: [], env: {}, sysctls: { 'net.ipv4.ip_forward': '1' }, start: [] },
      },
      links: [
        {
          ends: [
            { node: 'web', interface: 'eth7', addresses: ['10.2.0.1/24', 'fd00::1/64'] },
            { node: 'red', interface: 'eth1', addresses: [], mac: '02:00:00:00:00:01' },
          ],
          mtu: 1400,
        },
      ],
      tasks: [],
    })
  })

  test('may use anchors; an error behind one is told where it is written', () => {
    const text = 'name: demo\nnodes:\n  a: &same { image: x, imagge: y }\n  b: *same\n'
    expect(problemsOf(text)).toEqual([
      'lab.yaml:3:24: unknown key "imagge" in nodes.a',
      'lab.yaml:3:24: unknown key "imagge" in nodes.b',
    ])
  })
})

describe('what is wrong is told at its line and column, in one sentence', () => {
  test.each<[what: string, text: string, ...problems: string[]]>([
    ['nothing at all', '', '1:1: "name" is missing'],
    ['a list', '- a\n', '1:1: the file: expected a map'],
    [
      'broken YAML',
      'name: demo\nnodes: {a: [}\n',
      '2:13: Flow sequence in block collection must be sufficiently indented and end with a ]',
      '2:14: Flow map in block collection must be sufficiently indented and end with a }',
    ],
    ['a key twice', 'name: demo\nnodes:\n  red:\n  red:\n', '4:3: "red" is there twice'],
    ['an alias of nothing', 'name: demo\nnodes: *all\n', '2:8: there is no anchor "&all" before this alias'],
    ['no name', nodes, '1:1: "name" is missing'],
    [
      'a name with a space',
      'name: my lab\n',
      '1:7: name: a name has 1 to 31 letters, digits, "_" or "-", and begins with a letter or digit',
    ],
    ['an unknown key at the top', 'name: demo\nnode: {}\n', '2:1: unknown key "node"'],
    ['an unknown key inside', 'name: demo\nnodes:\n  a:\n    imgae: x\n', '4:5: unknown key "imgae" in nodes.a'],
    [
      'a bad node name',
      'name: demo\nnodes:\n  "a b":\n',
      '3:3: "a b": a name has 1 to 31 letters, digits, "_" or "-", and begins with a letter or digit',
    ],
    ['text for a map', 'name: demo\nnodes: none\n', '2:8: nodes: expected a map'],
    ['a number for text', 'name: demo\nnodes: { a: { image: 3 } }\n', '2:22: nodes.a.image: expected text'],
    [
      'a bad subnet',
      'name: demo\nnetworks: { front: { subnet: 10.0.0.0/33 } }\n',
      '2:30: networks.front.subnet: not a subnet such as 10.1.0.0/24 or fd00:1::/64',
    ],
    [
      'an address for a subnet',
      'name: demo\nnetworks: { front: { subnet: 10.0.0.1/24 } }\n',
      '2:30: 10.0.0.1/24 is an address, not a subnet: its subnet is 10.0.0.0/24',
    ],
    [
      'a gateway elsewhere',
      'name: demo\nnetworks: { front: { subnet: 10.0.0.0/24, gateway: 10.0.1.1 } }\n',
      '2:52: gateway 10.0.1.1 is not in the subnet 10.0.0.0/24',
    ],
    [
      'a gateway without a subnet',
      'name: demo\nnetworks: { front: { gateway: 10.0.1.1 } }\n',
      '2:31: a gateway needs a subnet: give network front one',
    ],
    [
      'overlapping subnets',
      'name: demo\nnetworks:\n  a: { subnet: 10.0.0.0/16 }\n  b: { subnet: 10.0.9.0/24 }\n',
      '4:16: subnet 10.0.9.0/24 overlaps with 10.0.0.0/16 of network a',
    ],
    [
      'an unknown network',
      'name: demo\nnetworks: { front }\nnodes: { a: { image: x, networks: { fornt } } }\n',
      '3:37: there is no network "fornt"; the networks are: front',
    ],
    [
      'an address outside its network',
      'name: demo\nnetworks: { f: { subnet: 10.0.0.0/24 } }\nnodes: { a: { image: x, networks: { f: { ip: 10.0.1.2 } } } }\n',
      '3:46: address 10.0.1.2 is not in 10.0.0.0/24, the subnet of network f',
    ],
    [
      'an address in a network without a subnet',
      'name: demo\nnetworks: { f }\nnodes: { a: { image: x, networks: { f: { ip: 10.0.1.2 } } } }\n',
      '3:46: a static address needs a subnet: give network f one',
    ],
    [
      'the gateway’s address',
      'name: demo\nnetworks: { f: { subnet: 10.0.0.0/24, gateway: 10.0.0.9 } }\nnodes: { a: { image: x, networks: { f: { ip: 10.0.0.9 } } } }\n',
      '3:46: address 10.0.0.9 is the gateway of network f',
    ],
    [
      'an address twice',
      'name: demo\nnetworks: { f: { subnet: 10.0.0.0/24 } }\nnodes:\n  a: { image: x, networks: { f: { ip: 10.0.0.9 } } }\n  b: { image: x, networks: { f: { ip: 10.0.0.9 } } }\n',
      "5:39: address 10.0.0.9 is already a's",
    ],
    [
      'a network for a bare namespace',
      'name: demo\nnetworks: { f }\nnodes: { a: { networks: { f } } }\n',
      '3:15: a is a bare namespace, which joins others by links only, not by networks: give it an image, or a link',
    ],
    [
      'a port of a bare namespace',
      'name: demo\nnodes: { a: { ports: ["80:80"] } }\n',
      '2:15: a is a bare namespace, whose ports cannot be published: give it an image, or leave this out',
    ],
    [
      'a command for a bare namespace',
      'name: demo\nnodes: { a: { command: x } }\n',
      '2:15: a is a bare namespace, in which nothing runs by itself: give it an image, or leave this out',
    ],
    [
      'an environment for a bare namespace',
      'name: demo\nnodes: { a: { env: { A: b } } }\n',
      '2:15: a is a bare namespace, which has no environment: give it an image, or leave this out',
    ],
    [
      'a port without a network',
      'name: demo\nnodes: { a: { image: x, ports: ["80:80"] } }\n',
      '2:25: a publishes ports but is on no network: connect it to one',
    ],
    [
      'a port that is none',
      'name: demo\nnodes: { a: { image: x, ports: ["99999:80"] } }\n',
      '2:33: nodes.a.ports[0]: "99999:80" is not a published port such as "8080:80", "127.0.0.1:8080:80" or "5353:53/udp", with ports from 1 to 65535',
    ],
    [
      'a port at no address',
      'name: demo\nnodes: { a: { image: x, ports: ["h:80:80"] } }\n',
      '2:33: nodes.a.ports[0]: "h" in the published port "h:80:80" is not an address of the host',
    ],
    [
      'a port twice',
      'name: demo\nnetworks: { f }\nnodes:\n  a: { image: x, networks: { f }, ports: ["127.0.0.1:80:80"] }\n  b: { image: x, networks: { f }, ports: ["80:81"] }\n',
      '5:43: port 80/tcp of the host is already published by a',
    ],
    [
      'a sysctl of another kind',
      'name: demo\nnodes: { a: { sysctls: { vm.swappiness: 1 } } }\n',
      '2:26: "vm.swappiness": only sysctls under net. belong to a network namespace, such as net.ipv4.ip_forward',
    ],
    [
      'a link with one end',
      `name: demo\n${nodes}links:\n  - ends: ["a:x"]\n`,
      '4:11: links[0].ends: a link has two ends',
    ],
    ['a link without ends', `name: demo\n${nodes}links:\n  - mtu: 1400\n`, '4:5: "ends" is missing in links[0]'],
    [
      'an end without an interface',
      `name: demo\n${nodes}links:\n  - ends: ["a", "b:x"]\n`,
      '4:12: links[0].ends[0]: "a" is not an end such as "red:eth1" or "red:eth1 10.0.0.1/24"',
    ],
    [
      'a long interface name',
      `name: demo\n${nodes}links:\n  - ends: ["a:x", "b:interface-number-1"]\n`,
      '4:19: links[0].ends[1]: "interface-number-1": an interface name has 1 to 15 characters, none of them white space, "/", ":" or "%"',
    ],
    [
      'an address without a length',
      `name: demo\n${nodes}links:\n  - ends: ["a:x 10.0.0.1", "b:x"]\n`,
      '4:12: links[0].ends[0]: "10.0.0.1": not an address with a prefix length, such as 10.0.0.1/24 or fd00::1/64',
    ],
    [
      'a group MAC address',
      `name: demo\n${nodes}links:\n  - ends: [{ node: a, interface: x, mac: "01:00:00:00:00:01" }, "b:x"]\n`,
      '4:42: links[0].ends[0].mac: not a unicast MAC address: the first octet must be even, and not all may be zero',
    ],
    [
      'a small MTU',
      `name: demo\n${nodes}links:\n  - { ends: ["a:x", "b:x"], mtu: 60 }\n`,
      '4:34: links[0].mtu: the smallest MTU is 68',
    ],
    [
      'a small MTU for IPv6',
      `name: demo\n${nodes}links:\n  - { ends: ["a:x fd00::1/64", "b:x"], mtu: 1000 }\n`,
      '4:45: an MTU of 1000 is too small for IPv6, which needs at least 1280',
    ],
    [
      'an address of a group',
      `name: demo\n${nodes}links:\n  - { ends: ["a:x 224.0.0.1/24", "b:x"] }\n`,
      '4:14: links[0].ends[0]: "224.0.0.1/24": not an address that one interface can have',
    ],
    [
      'an unknown node in a link',
      `name: demo\n${nodes}links:\n  - ends: ["a:x", "c:x"]\n`,
      '4:19: there is no node "c"; the nodes are: a, b',
    ],
    [
      'two ends the same',
      `name: demo\n${nodes}links:\n  - ends: ["a:x", "a:x"]\n`,
      '4:19: both ends are a:x: they need different names or nodes',
    ],
    [
      'an end twice',
      `name: demo\n${nodes}links:\n  - ends: ["a:x", "b:x"]\n  - ends: ["a:y", "b:x"]\n`,
      '5:19: b:x is already an end of links[0]',
    ],
    [
      'an end that a network takes',
      'name: demo\nnetworks: { f }\nnodes: { a: { image: x, networks: { f } }, b: }\nlinks:\n  - ends: ["a:eth0", "b:x"]\n',
      '5:12: a:eth0 is already its interface on network f',
    ],
    [
      'the loopback as an end',
      `name: demo\n${nodes}links:\n  - ends: ["a:lo", "b:x"]\n`,
      '4:12: lo of a is its loopback: choose another name',
    ],
    [
      'an address at both ends',
      `name: demo\n${nodes}links:\n  - ends: ["a:x 10.0.0.1/24", "b:x 10.0.0.1/24"]\n`,
      '4:31: address 10.0.0.1 is on both ends of the link',
    ],
    [
      'a task without a check',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [] }\n`,
      '4:24: tasks[0].checks: a task needs a check, or it would be done before it begins',
    ],
    [
      'a task twice',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [ping: { from: a, to: b }] }\n  - { name: t, checks: [ping: { from: a, to: b }] }\n`,
      '5:13: a task named "t" is there twice',
    ],
    [
      'a check of no kind',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [{}] }\n`,
      '4:25: tasks[0].checks[0]: a check has exactly one of link, route, neighbour, ping, tcp, sysctl, exec',
    ],
    [
      'a check of two kinds',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [{ ping: { from: a, to: b }, sysctl: { node: a, name: net.x, value: 1 } }] }\n`,
      '4:25: tasks[0].checks[0]: a check has exactly one of link, route, neighbour, ping, tcp, sysctl, exec',
    ],
    [
      'a check of an unknown node',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [link: { node: c, name: x }] }\n`,
      '4:39: there is no node "c"; the nodes are: a, b',
    ],
    [
      'a peer in an unknown node',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [link: { node: a, name: x, peer: "c:y" }] }\n`,
      '4:57: there is no node "c"; the nodes are: a, b',
    ],
    [
      'a bad pattern',
      `name: demo\n${nodes}tasks:\n  - { name: t, checks: [exec: { node: a, command: x, output: "(" }] }\n`,
      '4:62: tasks[0].checks[0].exec.output: Invalid regular expression: /(/m: Unterminated group',
    ],
    [
      'several things',
      'name: 3\nnodes: { a: { image: [] } }\nlinks: {}\n',
      '1:7: name: expected text',
      '2:22: nodes.a.image: expected text',
      '3:8: links: expected a list',
    ],
  ])('%s', (_, text, ...problems) => {
    expect(problemsOf(text)).toEqual(problems.map((problem) => `lab.yaml:${problem}`))
  })
})

describe('whatever the text', () => {
  test('the answer is a topology, or problems that stand within the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `name: x\nnodes: ${json}`),
        ),
        (text) => {
          try {
            parseTopology(text, 'lab.yaml')
          } catch (error) {
            if (!(error instanceof TopologyError)) throw error
            const lines = text.split('\n')
            for (const { line, column, sentence } of error.problems) {
              expect(sentence).not.toContain('\n')
              expect(line).toBeLessThanOrEqual(lines.length)
              expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
            }
          }
        },
      ),
    )
  })

  test('what a chain of nodes and links says is what is read, and one wrong key is found wherever it stands', () => {
    const chain = fc.integer({ min: 1, max: 12 }).map((length) => ({
      name: 'chain',
      nodes: Object.fromEntries(Array.from({ length: length + 1 }, (_, at) => [`n${at}`, { start: ['true'] }])),
      links: Array.from({ length }, (_, at) => ({
        ends: [`n${at}:right 10.0.${at}.1/30`, `n${at + 1}:left 10.0.${at}.2/30`],
      })),
    }))
    fc.assert(
      fc.property(chain, fc.nat(), (value, pick) => {
        const text = stringify(value)
        expect(parseTopology(text, 'lab.yaml').links.map(({ ends }) => ends[1].addresses)).toEqual(
          value.links.map((_, at) => [`10.0.${at}.2/30`]),
        )

        const lines = text.split('\n')
        const starts = lines.flatMap((line, at) => (/^ {4}start:/.test(line) ? [at] : []))
        const at = starts[pick % starts.length]!
        const broken = lines.with(at, lines[at]!.replace('start', 'strat')).join('\n')
        expect(problemsOf(broken)[0]).toMatch(
          new RegExp(`^lab\\.yaml:${at + 1}:5: unknown key "strat" in nodes\\.n\\d+$`),
        )
      }),
    )
  })
})
