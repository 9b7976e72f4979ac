/** What was looked at on the way, and where the way ends. */
import type { ExplainCause, ExplainStep } from '../../api/trestle/explain.ts'
import type { HookResult } from './hooks.ts'
import { referenceText } from './reference.ts'
import type { RuleReference } from './scene.ts'

/** For people. */
type Where = { name: string }

/** The packet goes no further, or nobody can say where. */
export interface Stop {
  verdict: 'lost' | 'unknown'
  sentence: string
  cause?: ExplainCause
}

export class Report {
  readonly steps: ExplainStep[] = []
  direction: ExplainStep['direction'] = 'there'

  ok(stage: ExplainStep['stage'], place: Where, looked: string, found: string): void {
    this.#add(stage, place, looked, found, 'ok')
  }

  note(stage: ExplainStep['stage'], place: Where, looked: string, found: string): void {
    this.#add(stage, place, looked, found, 'note')
  }

  stop(
    stage: ExplainStep['stage'],
    place: Where,
    looked: string,
    found: string,
    cause: Omit<ExplainCause, 'namespace'>,
  ): Stop {
    this.#add(stage, place, looked, found, 'stop')
    const way = this.direction === 'there' ? 'The packet' : 'The packet arrives, but the answer'
    return {
      verdict: 'lost',
      sentence: `${way} is lost in ${place.name}: ${found}.`,
      cause: { ...cause, namespace: place.name },
    }
  }

  unsure(
    stage: ExplainStep['stage'],
    place: Where,
    looked: string,
    why: string,
    cause?: Omit<ExplainCause, 'namespace'>,
  ): Stop {
    this.#add(stage, place, looked, why, 'unsure')
    return {
      verdict: 'unknown',
      sentence: `Whether the ${this.direction === 'there' ? 'packet arrives' : 'answer comes back'} cannot be told: in ${place.name}, ${why}.`,
      ...(cause === undefined ? {} : { cause: { ...cause, namespace: place.name } }),
    }
  }

  #add(
    stage: ExplainStep['stage'],
    { name }: Where,
    looked: string,
    found: string,
    status: ExplainStep['status'],
  ): void {
    this.steps.push({ direction: this.direction, stage, namespace: name, looked, found, status })
  }

  /** The chains of a hook; the stop, when there is one. */
  hook(place: Where, hook: string, result: HookResult): Stop | undefined {
    const decisive = result.kind === 'pass' ? undefined : result.steps.at(-1)
    for (const step of result.steps) {
      if (step === decisive) continue
      this.ok(
        step.isTranslation ? 'translation' : 'netfilter',
        place,
        `${hook}: ${referenceText(step.at)}`,
        [step.what, ...step.notes].join('; '),
      )
    }
    if (result.kind === 'pass') return undefined
    const looked = `${hook}: ${referenceText(result.at)}`
    const cause = { kind: 'nftables', object: referenceText(result.at), remedy: remedyFor(result.at) } as const
    if (result.kind === 'unsure')
      return this.unsure(
        'netfilter',
        place,
        looked,
        `${referenceText(result.at)} cannot be evaluated: ${result.why}`,
        cause,
      )
    const what = result.answer === undefined ? 'drops it' : `rejects it (${result.answer})`
    return this.stop('netfilter', place, looked, `${where(result.at)} ${what}`, cause)
  }
}

function where({ family, table, chain, handle, text, comment }: RuleReference): string {
  const rule = handle === undefined ? 'the policy' : `rule ${handle} (${comment ?? text})`
  return `${rule} of chain ${chain} in table ${family} ${table}`
}

function remedyFor({ family, table, chain, handle }: RuleReference): string {
  return handle === undefined
    ? `nft add rule ${family} ${table} ${chain} … accept, or nft chain ${family} ${table} ${chain} '{ policy accept; }'`
    : `nft delete rule ${family} ${table} ${chain} handle ${handle}, or nft insert rule ${family} ${table} ${chain} … accept before it`
}
