/** Situations by seed: networks, a packet, and one fault or none; what explain says of it, and what the packet does. */
import { explain } from '../../netd/explain/explain.ts'
import { World } from '../../netd/explain/world.ts'
import type { Explanation } from '../../api/trestle/explain.ts'
import { testHost, type TestHost } from '../netd/kernel/host.ts'
import { faults, server, servedPort } from './faults.ts'
import { answers, type Shot } from './packets.ts'
import { addresses, nodes, Topology, type Node, type Shape } from './topology.ts'

export interface Situation {
  seed: number
  shape: Shape
  shot: Shot
  fault: string | undefined
  server: 'any' | 'loopback' | 'none'
}

/** mulberry32: the same numbers for the same seed, everywhere. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const pairs: [Node, Node][] = [
  ['a', 'b'],
  ['b', 'a'],
  ['a', 'c'],
  ['c', 'a'],
  ['a', 'host'],
  ['b', 'host'],
  ['c', 'host'],
  ['host', 'a'],
  ['host', 'c'],
  ['host', 'host'],
  ['out', 'host'],
  ['out', 'b'],
  ['a', 'out'],
  ['c', 'out'],
  ['host', 'out'],
  ['x', 'y'],
  ['y', 'x'],
  ['x', 'r'],
  ['r', 'y'],
]

export function drawSituation(seed: number): Situation {
  const next = random(seed * 7919 + 17)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!
  const chance = (of: number): boolean => next() < of
  const shape = {
    isInternal: chance(0.2),
    isMasquerade: chance(0.7),
    isRouted: chance(0.5),
    isPublished: chance(0.7),
    isBridgeFiltered: chance(0.5),
  }
  const [from, to] = pick(pairs)
  const family = chance(0.3) ? 'ipv6' : 'ipv4'
  const protocol = pick(['tcp', 'tcp', 'udp', 'icmp'] as const)
  const port = to === 'host' && shape.isPublished ? pick([8080, 8080, 8081, 9005, 80]) : 80
  const hostAddress =
    from === 'host' && chance(0.5) ? (family === 'ipv4' ? '127.0.0.1' : '::1') : addresses.host[family]
  const shot: Shot = {
    from,
    to,
    address: to === 'host' ? hostAddress : addresses[to][family],
    protocol,
    port,
    sizeBytes: protocol === 'icmp' && chance(0.3) ? 1400 : 84,
  }
  const names = Object.keys(faults)
  const fault = chance(0.75) ? names[(seed + Math.floor(next() * 3)) % names.length] : undefined
  const served = fault !== undefined || chance(0.7) ? 'any' : chance(0.5) ? 'loopback' : 'none'
  return { seed, shape, shot, fault, server: served }
}

export interface Outcome {
  situation: Situation
  explanation: Explanation
  isAnswered: boolean
  /** Whether the verdict is what happened. */
  isAgreed: boolean
  /** Of an injected fault that stops a packet that would have arrived; whether it is named. */
  isNamed: boolean | undefined
}

export async function ask(
  host: TestHost,
  topology: Topology,
  { from, to, address, protocol, port, sizeBytes }: Shot,
): Promise<Explanation> {
  const world = new World(
    host.kernel,
    nodes.map((name) => ({ path: topology.path(name), name })),
  )
  const target = to === 'host' ? undefined : await world.at(topology.path(to))
  return explain(world, {
    from: { place: await world.at(topology.path(from)) },
    destination: address,
    protocol,
    ...(protocol === 'icmp' ? {} : { port }),
    ...(target === undefined ? {} : { target }),
    sizeBytes: protocol === 'icmp' ? sizeBytes : 60,
  })
}

export async function judge(host: TestHost, situation: Situation): Promise<Outcome> {
  const { shot, shape, seed } = situation
  await using topology = new Topology(host, `s${seed}-`)
  await topology.build(shape)
  if (situation.server !== 'none') {
    const isIpv6 = shot.address.includes(':')
    const address = situation.server === 'loopback' ? (isIpv6 ? '::1' : '127.0.0.1') : isIpv6 ? '::' : '0.0.0.0'
    await topology.serve(server(shot), address, servedPort(shot))
    if (shot.to === 'host' && server(shot) !== 'host' && servedPort(shot) !== 80)
      await topology.serve('host', address, 80)
  }
  let fault = situation.fault === undefined ? undefined : faults[situation.fault]!(shot, topology)
  let wouldArrive = false
  if (fault !== undefined) {
    wouldArrive = (await ask(host, topology, shot)).verdict === 'arrives'
    const { exitCode, stderr } = await topology.sh(fault.at, `set -e; ${fault.inject}`, { allowFailure: true })
    // A kernel without the feature (CONFIG_BRIDGE_VLAN_FILTERING, for one) cannot have the fault.
    if (exitCode !== 0 && stderr.includes('Operation not supported')) fault = undefined
    else if (exitCode !== 0) throw new Error(`seed ${seed}, ${situation.fault}: ${fault.inject}: ${stderr}`)
  }
  const explanation = await ask(host, topology, shot)
  const isAnswered =
    (await answers(topology, shot, 1)) ||
    // A busy machine takes its time; what is foretold to arrive gets it.
    (explanation.verdict === 'arrives' && (await answers(topology, shot, 5)))
  const isAgreed = explanation.verdict === (isAnswered ? 'arrives' : 'lost')
  const said = `${explanation.cause?.namespace} ${explanation.cause?.object} ${explanation.sentence}`
  const isNamed = fault === undefined || !wouldArrive || isAnswered ? undefined : fault.named.test(said)
  return { situation, explanation, isAnswered, isAgreed, isNamed }
}

export interface Tally {
  outcomes: Outcome[]
  disagreements: Outcome[]
  wrongArrivals: Outcome[]
  faultsThatStop: number
  unnamed: Outcome[]
}

/** Several at a time: most of the time is waited for answers that do not come. */
export async function judgeAll(seeds: number[], atOnce = 6): Promise<Tally> {
  await using host = await testHost()
  const outcomes: Outcome[] = []
  const queue = [...seeds]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let seed = queue.shift(); seed !== undefined; seed = queue.shift())
        outcomes.push(await judge(host, drawSituation(seed)))
    }),
  )
  outcomes.sort((a, b) => a.situation.seed - b.situation.seed)
  return {
    outcomes,
    disagreements: outcomes.filter(({ isAgreed }) => !isAgreed),
    wrongArrivals: outcomes.filter(({ isAnswered, explanation }) => !isAnswered && explanation.verdict === 'arrives'),
    faultsThatStop: outcomes.filter(({ isNamed }) => isNamed !== undefined).length,
    unnamed: outcomes.filter(({ isNamed }) => isNamed === false),
  }
}
