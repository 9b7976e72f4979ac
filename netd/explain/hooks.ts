/**
 * All base chains of a hook, whoever made them, in the order that the kernel asks them; among them connection tracking and
 * translation, which have places of their own.
 */
import type { Link } from '../kernel/model.ts'
import type { Ruleset, RulesetChain, RulesetFamily, RulesetHook } from '../kernel/nft.ts'
import { runChain, type Ending } from './evaluate.ts'
import { trackingOf, type Tracked } from './flow.ts'
import { exactly, type Interval, type Packet } from './packet.ts'
import { noRegisters } from './registers.ts'
import type { RuleReference, Scene, State } from './scene.ts'

/** Of all chains of one hook; 10,000 services of kube-proxy take a tenth. */
const mostWork = 500_000

/** NF_IP_PRI_*, linux/netfilter_ipv4.h. */
const priorityOf = { tracking: -200, destination: -100, source: 100 } as const

/** Which side is translated where (net/netfilter/nf_nat_proto.c): nf_nat_ipv4_ops. */
const translates: Partial<Record<RulesetHook, 'source' | 'destination'>> = {
  prerouting: 'destination',
  output: 'destination',
  input: 'source',
  postrouting: 'source',
}

export interface HookInput {
  ruleset: Ruleset
  hook: RulesetHook
  /** Of the tables that are asked; by default those of the packet's own layer 3. */
  families?: RulesetFamily[]
  packet: Packet
  /** Undefined for an answer that belongs to no flow. */
  tracked: Tracked | undefined
  input?: Link
  output?: Link
  inputBridge?: Link
  outputBridge?: Link
  frame?: Scene['frame']
  addressType: Scene['addressType']
  wayBack?: Scene['wayBack']
  /** What masquerade and redirect take: of the interface the packet leaves by, or came in by. */
  ownAddress: (side: 'source' | 'destination') => string | undefined
}

export interface HookStep {
  at: RuleReference
  what: string
  isTranslation: boolean
  notes: readonly string[]
}

export type HookResult = { steps: HookStep[] } & (
  | { kind: 'pass'; packet: Packet }
  | Pick<Ending & { kind: 'drop' }, 'kind' | 'at' | 'answer'>
  | Pick<Ending & { kind: 'unsure' }, 'kind' | 'at' | 'why'>
)

interface Turn {
  priority: number
  run: (packet: Packet) => { ending?: Ending; packet: Packet }
}

export function runHook(from: HookInput): HookResult {
  const { ruleset, hook, tracked } = from
  const steps: HookStep[] = []
  const families = from.families ?? ['inet', from.packet.family === 'ipv4' ? 'ip' : 'ip6']
  const device = hook === 'egress' ? from.output?.name : from.input?.name
  // Of one priority the youngest comes first (nf_hook_entries_grow, net/netfilter/core.c); the kernel lists the oldest first.
  const chains = ruleset.chains
    .filter(
      ({ family, base }) =>
        base?.hook === hook &&
        families.includes(family) &&
        (base.devices === undefined || base.devices.some((name) => fits(name, device ?? ''))),
    )
    .toReversed()
  const isTracking = hook === 'prerouting' || hook === 'output'
  let isUntracked = tracked?.isUntracked === true
  const work = { left: mostWork }

  const ask = (chain: RulesetChain, packet: Packet): Ending => {
    // Layer 2 comes before it.
    const isSeen = from.families === undefined && (!isTracking || (chain.base?.priority ?? 0) > priorityOf.tracking)
    const scene: Scene = {
      ruleset,
      work,
      family: chain.family,
      hook,
      ...(from.input === undefined ? {} : { input: from.input }),
      ...(from.output === undefined ? {} : { output: from.output }),
      ...(from.inputBridge === undefined ? {} : { inputBridge: from.inputBridge }),
      ...(from.outputBridge === undefined ? {} : { outputBridge: from.outputBridge }),
      ...(from.frame === undefined ? {} : { frame: from.frame }),
      ...(isSeen ? { tracking: trackingOf(tracked) } : {}),
      addressType: from.addressType,
      ...(from.wayBack === undefined ? {} : { wayBack: from.wayBack }),
    }
    const state: State = {
      packet,
      registers: noRegisters,
      connectionMark: tracked?.flow.mark ?? 0,
      isUntracked,
      notes: [],
    }
    const ending = runChain(scene, chain, state)
    ;({ isUntracked } = ending.state)
    if (isUntracked && tracked !== undefined) tracked.isUntracked = true
    if (tracked !== undefined && ending.kind === 'accept') tracked.flow.mark = ending.state.connectionMark
    steps.push({
      at: ending.at,
      what: sentence(ending),
      isTranslation: ending.state.translation !== undefined,
      notes: ending.state.notes,
    })
    return ending
  }

  const turns: Turn[] = chains
    .filter(({ base }) => base?.type !== 'nat')
    .map((chain) => ({
      priority: chain.base?.priority ?? 0,
      run: (packet) => {
        const ending = ask(chain, packet)
        return { ending, packet: { ...packet, mark: ending.state.packet.mark } }
      },
    }))
  const side = translates[hook]
  if (side !== undefined && tracked !== undefined && from.families === undefined) {
    const natChains = chains.filter(({ base }) => base?.type === 'nat').toSorted(byPriority)
    turns.push({
      priority: priorityOf[side],
      run: (packet) => (isUntracked ? { packet } : translate(from, tracked, side, natChains, packet, ask)),
    })
  }
  let { packet } = from
  for (const turn of turns.toSorted((a, b) => a.priority - b.priority)) {
    const { ending, packet: next } = turn.run(packet)
    if (ending?.kind === 'drop')
      return { steps, kind: 'drop', at: ending.at, ...(ending.answer === undefined ? {} : { answer: ending.answer }) }
    if (ending?.kind === 'unsure') return { steps, kind: 'unsure', at: ending.at, why: ending.why }
    packet = next
  }
  return { steps, kind: 'pass', packet }
}

/** A chain for `eth*` is one for every device of such a name. */
const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name

const byPriority = (a: RulesetChain, b: RulesetChain): number => (a.base?.priority ?? 0) - (b.base?.priority ?? 0)

/** nf_nat_inet_fn (net/netfilter/nf_nat_core.c): chains are asked for the first packet of a flow, until one translates. */
function translate(
  from: HookInput,
  { flow, direction }: Tracked,
  side: 'source' | 'destination',
  chains: RulesetChain[],
  packet: Packet,
  ask: (chain: RulesetChain, packet: Packet) => Ending,
): { ending?: Ending; packet: Packet } {
  if (direction === 'reply') {
    // Of an answer the other side is turned back.
    const { source, sourcePort, destination, destinationPort } = flow.original
    if (side === 'destination' && flow.changed.has('source'))
      return { packet: { ...packet, destination: source, destinationPort: sourcePort } }
    if (side === 'source' && flow.changed.has('destination'))
      return { packet: { ...packet, source: destination, sourcePort: destinationPort } }
    return { packet }
  }
  if (!flow.done.has(side)) {
    for (const chain of chains) {
      const ending = ask(chain, packet)
      if (ending.kind !== 'accept') return { ending, packet }
      const { translation } = ending.state
      if (translation === undefined) continue
      if (translation.kind !== side) continue
      const address = translation.address ?? from.ownAddress(side)
      if (address === undefined)
        return { ending: { ...ending, kind: 'unsure', why: 'the interface has no address to translate to' }, packet }
      flow.translate(side, address, portOf(translation.port))
      break
    }
    flow.done.add(side)
  }
  const { translated } = flow
  return {
    packet:
      side === 'source'
        ? { ...packet, source: translated.source, sourcePort: translated.sourcePort }
        : { ...packet, destination: translated.destination, destinationPort: translated.destinationPort },
  }
}

const portOf = (port: number | undefined): Interval | undefined => (port === undefined ? undefined : exactly(port))

function sentence(ending: Ending): string {
  const { translation } = ending.state
  if (ending.kind === 'unsure') return `cannot tell: ${ending.why}`
  if (ending.kind === 'drop') return ending.answer === undefined ? 'drops it' : `rejects it (${ending.answer})`
  if (translation === undefined) return 'lets it pass'
  const to = `${translation.address ?? 'its own address'}${translation.port === undefined ? '' : ` port ${translation.port}`}`
  return translation.kind === 'source' ? `gives it the source ${to}` : `sends it on to ${to}`
}
