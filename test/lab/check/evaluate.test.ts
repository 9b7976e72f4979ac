import { describe, expect, test } from 'vitest'
import type { GraphInterface, GraphNamespace } from '../../../api/trestle/graph.ts'
import type { RunResult } from '../../../api/trestle/namespaces.ts'
import { evaluate } from '../../../lab/check/evaluate.ts'
import { sentenceOf } from '../../../lab/check/words.ts'
import { parseTopology } from '../../../lab/model/parse.ts'

type Answer = Partial<RunResult> | ((command: string[]) => Partial<RunResult>)

const lo: GraphInterface = {
  id: 'red/1',
  index: 1,
  name: 'lo',
  kind: 'loopback',
  mac: '00:00:00:00:00:00',
  mtu: 65536,
  isUp: true,
  hasCarrier: true,
  addresses: [],
}
const veth = (node: string, other: string): GraphInterface => ({
  ...lo,
  id: `${node}/2`,
  index: 2,
  name: `veth-${node}`,
  kind: 'veth',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  peer: `${other}/2`,
  addresses: [{ address: '10.0.0.1/24', family: 'ipv4', scope: 'global' }],
})
const node = (name: string, interfaces: GraphInterface[]): GraphNamespace => ({
  id: name,
  name,
  kind: 'namespace',
  path: `/run/netns/${name}`,
  lab: 'demo',
  node: name,
  interfaces,
  routes: [{ destination: '10.0.0.0/24', interface: 'veth-red', family: 'ipv4' }],
  isForwarding: false,
  sharedBy: [],
})
const joined = [node('red', [lo, veth('red', 'blue')]), node('blue', [lo, veth('blue', 'red')])]

/** Why the one check is not true; undefined when it is. */
async function verdict(
  check: string,
  { nodes = joined, answer = {} }: { nodes?: GraphNamespace[]; answer?: Answer } = {},
): Promise<string | undefined> {
  const { tasks } = parseTopology(
    `name: demo\nnodes: { red, blue }\ntasks: [{ name: t, checks: [{ ${check} }] }]`,
    'lab.yaml',
  )
  const [result] = await evaluate(tasks, {
    lab: 'demo',
    graph: { namespaces: nodes, networks: [], ports: [] },
    run: async (_, command) => ({
      exitCode: 0,
      stdout: '',
      stderr: '',
      isTimedOut: false,
      ...(typeof answer === 'function' ? answer(command) : answer),
    }),
  })
  const sentence = sentenceOf(result!.checks[0]!)
  expect(result!.isDone).toBe(sentence === undefined)
  return sentence
}

test('a verdict is data, which words turn into a sentence', async () => {
  const { tasks } = parseTopology(
    'name: demo\nnodes: { red }\ntasks: [{ name: t, checks: [{ link: { node: red, name: lo, mtu: 1500 } }] }]',
    'lab.yaml',
  )
  const graph = { namespaces: [node('red', [lo])], networks: [], ports: [] }
  const [task] = await evaluate(tasks, { lab: 'demo', graph, run: () => Promise.reject(new Error('not asked')) })
  const [result] = task!.checks
  expect(result).toEqual({
    kind: 'link',
    isTrue: false,
    reason: { code: 'mtu', values: { node: 'red', name: 'lo', found: 65536, wanted: 1500 } },
  })
  expect(sentenceOf(result!)).toBe('lo in red has MTU 65536, not 1500')
})

describe('a check of a link', () => {
  test.each<[check: string, reason?: string]>([
    [
      'name: veth-red, kind: veth, peer: "blue:veth-blue", up: true, mtu: 1500, address: 10.0.0.1/24, mac: "02:00:00:00:00:01"',
    ],
    ['name: veth-red, peer: blue'],
    ['name: veth9', 'red has no interface veth9; it has: lo, veth-red'],
    ['name: veth9, exists: false'],
    ['name: veth-red, exists: false', 'red still has an interface veth-red'],
    ['name: veth-red, kind: bridge', 'veth-red in red is a veth, not a bridge'],
    ['name: veth-red, up: false', 'veth-red in red is up'],
    ['name: veth-red, mtu: 1400', 'veth-red in red has MTU 1500, not 1400'],
    [
      'name: veth-red, mac: "02:00:00:00:00:02"',
      'veth-red in red has the MAC address 02:00:00:00:00:01, not 02:00:00:00:00:02',
    ],
    [
      'name: veth-red, address: 10.0.0.1/16',
      'veth-red in red does not have the address 10.0.0.1/16; it has: 10.0.0.1/24',
    ],
    ['name: veth-red, peer: "blue:veth1"', 'the other end of veth-red in red is veth-blue in blue, not veth1 in blue'],
    ['name: veth-red, peer: red', 'the other end of veth-red in red is veth-blue in blue, not in red'],
    ['name: lo, peer: blue', 'the other end of lo in red is in none of the nodes'],
    ['name: veth-red, master: br0', 'veth-red in red is not a port of any bridge'],
  ])('%s', async (check, reason) => {
    expect(await verdict(`link: { node: red, ${check} }`)).toBe(reason)
  })

  test('is not true of a node that is not there', async () => {
    expect(await verdict('link: { node: red, name: lo, exists: false }', { nodes: [] })).toBe(
      'node red is not running: see "trestle lab ls", and bring the lab up',
    )
  })

  test('nor of another lab’s node of that name', async () => {
    expect(
      await verdict('link: { node: red, name: lo }', { nodes: [{ ...node('red', [lo]), lab: 'other' }] }),
    ).toContain('node red is not running')
  })
})

describe('a check of a route', () => {
  test.each<[check: string, reason?: string]>([
    ['to: 10.0.0.0/24, dev: veth-red'],
    ['to: default', 'red has no route default; it has: 10.0.0.0/24 dev veth-red'],
    ['to: 10.0.0.0/24, via: 10.0.0.9', 'red has no route 10.0.0.0/24 via 10.0.0.9; it has: 10.0.0.0/24 dev veth-red'],
    ['to: 10.0.0.0/24, exists: false', 'red still has the route 10.0.0.0/24 dev veth-red'],
    ['to: 10.9.0.0/24, exists: false'],
  ])('%s', async (check, reason) => {
    expect(await verdict(`route: { node: red, ${check} }`)).toBe(reason)
  })
})

describe('a check that asks a program', () => {
  const received = (count: number): Answer => ({
    exitCode: count > 0 ? 0 : 1,
    stdout: `1 packets transmitted, ${count} received, 0% packet loss\n`,
  })

  test.each<[check: string, answer: Answer, reason?: string]>([
    ['ping: { from: red, to: 10.0.0.2 }', received(1)],
    ['ping: { from: red, to: 10.0.0.2 }', received(0), '10.0.0.2 does not answer a ping from red'],
    [
      'ping: { from: red, to: 10.0.0.2 }',
      { exitCode: 2, stderr: 'ping: connect: Network is unreachable\n' },
      '10.0.0.2 does not answer a ping from red: Network is unreachable',
    ],
    ['ping: { from: red, to: 10.0.0.2, answers: false }', received(0)],
    [
      'ping: { from: red, to: 10.0.0.2, answers: false }',
      { exitCode: 2, stderr: 'ping: connect: Network is unreachable\n' },
    ],
    [
      'ping: { from: red, to: 10.0.0.2, answers: false }',
      received(1),
      '10.0.0.2 answers a ping from red, and should not',
    ],
    ['sysctl: { node: red, name: net.ipv4.ip_forward, value: 1 }', { stdout: '1\n' }],
    [
      'sysctl: { node: red, name: net.ipv4.ip_forward, value: 1 }',
      { stdout: '0\n' },
      'net.ipv4.ip_forward is 0 in red, not 1',
    ],
    ['sysctl: { node: red, name: net.ipv4.foo, value: 1 }', { exitCode: 1 }, 'red has no sysctl net.ipv4.foo'],
    ['exec: { node: red, command: ls /x, exit: 2 }', { exitCode: 2 }],
    [
      'exec: { node: red, command: ls /x }',
      { exitCode: 2, stderr: 'no such file\n' },
      '"ls /x" in red ends with exit code 2, not 0: no such file',
    ],
    ['exec: { node: red, command: [ls], output: "^b$" }', { stdout: 'a\nb\n' }],
    [
      'exec: { node: red, command: [ls], output: "^c$" }',
      { stdout: 'a\nb\n' },
      'what "ls" in red prints does not match /^c$/',
    ],
    ['tcp: { from: red, to: "blue:80" }', { exitCode: 52, stdout: '0.000581' }],
    [
      'tcp: { from: red, to: "blue:80" }',
      { exitCode: 7, stdout: '0.000000' },
      'red cannot connect to blue:80: refused or unreachable',
    ],
    ['tcp: { from: red, to: "blue:80", connects: false }', { exitCode: 28, stdout: '0.000000' }],
    [
      'tcp: { from: red, to: "blue:80", connects: false }',
      { exitCode: 0, stdout: '0.000581' },
      'red can connect to blue:80, and should not',
    ],
    [
      'neighbour: { node: red, address: 10.0.0.2 }',
      { stdout: '[{"dst":"10.0.0.2","dev":"veth-red","lladdr":"02:00:00:00:00:02","state":["REACHABLE"]}]' },
    ],
    [
      'neighbour: { node: red, address: 10.0.0.2 }',
      { stdout: '[{"dst":"10.0.0.2","dev":"veth-red","state":["FAILED"]}]' },
      'red does not know 10.0.0.2',
    ],
    [
      'neighbour: { node: red, address: 10.0.0.2, mac: "02:00:00:00:00:03" }',
      { stdout: '[{"dst":"10.0.0.2","dev":"veth-red","lladdr":"02:00:00:00:00:02","state":["STALE"]}]' },
      'red does not know 10.0.0.2 as 02:00:00:00:00:03, but as 02:00:00:00:00:02 on veth-red',
    ],
  ])('%s after %j', async (check, answer, reason) => {
    expect(await verdict(check, { answer })).toBe(reason)
  })

  test.each([
    'ping: { from: red, to: blue, answers: false }',
    'tcp: { from: red, to: "blue:80", connects: false }',
    'exec: { node: red, command: [nc], exit: 1 }',
  ])('%s is not true where nothing can be found out', async (check) => {
    expect(await verdict(check, { answer: { exitCode: 127 } })).toMatch(/^cannot tell: red has no program/)
    expect(await verdict(check, { answer: { isTimedOut: true } })).toMatch(/^cannot tell: .* did not end in red$/)
    expect(
      await verdict(check, {
        answer: () => {
          throw new Error('the daemon went away')
        },
      }),
    ).toBe('cannot tell: the daemon went away')
  })

  test('a name that cannot be resolved is no proof of isolation', async () => {
    expect(
      await verdict('ping: { from: red, to: blue, answers: false }', {
        answer: { exitCode: 2, stderr: 'ping: blue: Name or service not known\n' },
      }),
    ).toBe('cannot tell: ping says ping: blue: Name or service not known')
    expect(
      await verdict('tcp: { from: red, to: "blue:80", connects: false }', {
        answer: { exitCode: 6, stdout: '0.000000', stderr: 'curl: (6) Could not resolve host: blue\n' },
      }),
    ).toBe('cannot tell: curl: (6) Could not resolve host: blue')
  })
})
