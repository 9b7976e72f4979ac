/** Tasks against a scene. Nothing is true by accident: a check that cannot be evaluated is not true, and says why. */
import type { Check } from '../model/check.ts'
import type { Task } from '../model/topology.ts'
import { kinds, type KindName } from '../check-kinds/kinds.ts'
import { Untrue, type Scene } from '../check-kinds/scene.ts'

/** Why a check is not true: `words.ts` turns it into a sentence. */
export interface Reason {
  code: string
  values: object
}

export interface CheckResult {
  kind: KindName
  isTrue: boolean
  reason?: Reason
}

export interface TaskResult {
  name: string
  isDone: boolean
  checks: CheckResult[]
}

export function evaluate(tasks: Task[], scene: Scene): Promise<TaskResult[]> {
  return Promise.all(tasks.map((task) => evaluateTask(task, scene)))
}

async function evaluateTask({ name, checks }: Task, scene: Scene): Promise<TaskResult> {
  const results = await Promise.all(checks.map((check) => evaluateCheck(check, scene)))
  return { name, isDone: results.length > 0 && results.every(({ isTrue }) => isTrue), checks: results }
}

async function evaluateCheck({ kind, wanted }: Check, scene: Scene): Promise<CheckResult> {
  const judge = kinds[kind].judge as (wanted: unknown, scene: Scene) => Promise<Reason | undefined> | Reason | undefined
  const reason = await Promise.try(judge, wanted, scene).catch((error: Error): Reason =>
    error instanceof Untrue ? error.reason : { code: 'unknown', values: { message: error.message } },
  )
  return reason === undefined ? { kind, isTrue: true } : { kind, isTrue: false, reason }
}
