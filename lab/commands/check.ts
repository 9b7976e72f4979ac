import type { Client } from '../../api/client/client.ts'
import { evaluate, type TaskResult } from '../check/evaluate.ts'
import { lookAt } from '../check/look.ts'
import { mark, report } from '../check/report.ts'
import { sentenceOf } from '../check/words.ts'
import type { LabContext } from '../context.ts'
import { loadTopology } from '../model/load.ts'
import { TopologyError } from '../yaml/problem.ts'
import type { Topology } from '../model/topology.ts'

export interface CheckOptions {
  /** Number of hints; `true` for the first. */
  hint?: string | true
  json?: boolean
  watch?: boolean
}

/** Exit code 0: every task is done; 1: not yet. */
export async function check(context: LabContext, file: string, options: CheckOptions): Promise<void> {
  const topology = await loadTopology(file)
  if (topology.tasks.length === 0)
    throw new TopologyError(file, [
      { line: 1, column: 1, sentence: 'there is nothing to check: this lab has no tasks' },
    ])
  const client = await context.client()
  if (options.watch) await watch(context, client, topology)
  const results = evaluate(topology.tasks, await lookAt(client, topology.name))
  context.stdout.write(
    options.json
      ? json(topology, await results)
      : report(topology.tasks, await results, { stream: context.stdout, hints: hintCount(options.hint) }),
  )
  context.setExitCode((await results).every(({ isDone }) => isDone) ? 0 : 1)
}

/** A reason as data, for programs, and as the sentence that people are shown. */
function json({ name: lab }: Topology, results: TaskResult[]): string {
  const tasks = results.map(({ name, isDone, checks }) => ({
    name,
    isDone,
    checks: checks.map(({ reason, ...result }) =>
      reason === undefined ? result : { ...result, ...reason, reason: sentenceOf({ ...result, reason }) },
    ),
  }))
  return `${JSON.stringify({ lab, isDone: results.every(({ isDone }) => isDone), tasks }, undefined, 2)}\n`
}

function hintCount(hint: CheckOptions['hint']): number {
  if (hint === undefined) return 0
  const count = hint === true ? 1 : Number(hint)
  if (!Number.isInteger(count) || count < 1)
    throw Object.assign(new Error(`--hint takes how many hints to show, not "${String(hint)}"`), { exitCode: 2 })
  return count
}

/** Tells each task that turns, the moment something in the kernel changes; resolves once all are done. */
async function watch(context: LabContext, client: Client, { name: lab, tasks }: Topology): Promise<void> {
  const stop = new AbortController()
  const known = new Map<string, boolean>()
  let changed = Promise.withResolvers<void>()
  const listen = async (): Promise<void> => {
    for await (const _ of client.trestle.graph.events(stop.signal)) changed.resolve()
    throw new Error('the daemon has ended the stream of events')
  }
  const listening = listen().catch((error: Error) => {
    if (!stop.signal.aborted) changed.reject(error)
  })
  try {
    for (;;) {
      await changed.promise
      // Whatever happens while the checks run asks for another round.
      changed = Promise.withResolvers<void>()
      const results = await evaluate(tasks, await lookAt(client, lab))
      for (const { name, isDone, checks } of results) {
        if (known.get(name) === isDone) continue
        const [sentence] = checks.flatMap((result) => sentenceOf(result) ?? [])
        context.stderr.write(
          `${mark(isDone, context.stderr)} ${name}${sentence === undefined ? '' : `: ${sentence}`}\n`,
        )
        known.set(name, isDone)
      }
      if (results.every(({ isDone }) => isDone)) return
    }
  } finally {
    stop.abort()
    await listening
  }
}
