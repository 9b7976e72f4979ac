/** Tasks against a scene. Nothing is true by accident: a check that cannot be evaluated is not true, and says why. */
import type { Check } from '../model/check.ts'
import type { Task } from '../model/topology.ts'
import { checkExec, checkNeighbour, checkSysctl } from './command.ts'
import { checkLink } from './link.ts'
import { checkPing, checkTcp } from './reach.ts'
import { checkRoute } from './route.ts'
import { NotTrue, type Scene, type Verdict } from './scene.ts'

export interface CheckResult {
  /** `link`, `ping`, … */
  kind: string
  isTrue: boolean
  /** Why it is not. */
  reason?: string
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

async function evaluateCheck(check: Check, scene: Scene): Promise<CheckResult> {
  const kind = Object.keys(check)[0]!
  const reason = await judge(check, scene).catch((error: Error) =>
    error instanceof NotTrue ? error.message : `cannot tell: ${error.message}`,
  )
  return reason === undefined ? { kind, isTrue: true } : { kind, isTrue: false, reason }
}

async function judge({ link, route, neighbour, ping, tcp, sysctl, exec }: Check, scene: Scene): Promise<Verdict> {
  if (link !== undefined) return checkLink(link, scene)
  if (route !== undefined) return checkRoute(route, scene)
  if (neighbour !== undefined) return checkNeighbour(neighbour, scene)
  if (ping !== undefined) return checkPing(ping, scene)
  if (tcp !== undefined) return checkTcp(tcp, scene)
  if (sysctl !== undefined) return checkSysctl(sysctl, scene)
  if (exec !== undefined) return checkExec(exec, scene)
  throw new NotTrue('cannot tell: this version knows no such check')
}
