/** What containerd holds of this data root, told to a daemon that has just begun. */
import { readFileSync } from 'node:fs'
import { bundlesFolder, type Roots } from '../../config/layout.ts'
import { containers } from '../api/containers.ts'
import { taskStatus } from '../api/tasks.ts'
import { toDate } from '../api/types.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import type { Log, RunningTask } from '../launcher.ts'
import { labels } from './labels.ts'
import { identify } from '../process.ts'
import type { Exits } from './exits.ts'
import { InterruptedExecs } from './interrupted-execs.ts'
import { removeCgroups } from './cgroups.ts'
import { deleteTask } from './launch.ts'
import { endOrphan, untilKnown, untilSettled } from './leftovers.ts'

export interface FoundTask {
  id: string
  pid: number
  isTty: boolean
  hasStdin: boolean
  isRunning: boolean
}

interface Context {
  connection: Connection
  exits: Exits
  isPrivate: boolean
  /** Whether containerd was started for this daemon, and not taken over from the one before. */
  hasJustBegun: boolean
  roots: Roots
  namespace: string
  cgroupPrefix: string
  log: Log
}

/** `resume` is called for each, before the list is given. */
export async function adoptTasks(context: Context, resume: (task: FoundTask) => void): Promise<RunningTask[]> {
  const { connection, isPrivate, roots, namespace, log } = context
  const interrupted = new InterruptedExecs(context)
  const bundles = isPrivate ? bundlesFolder(roots, namespace) : undefined
  const shims = bundles === undefined ? [] : await untilSettled(connection, bundles, context)
  const [{ containers: records }, found] = await Promise.all([
    connection.call(containers.list, {}),
    untilKnown(connection, isPrivate),
  ])
  await interrupted.end()
  const known = new Set(records.map(({ id }) => id))
  for (const id of [...found.map(({ id }) => id), ...shims])
    if (!known.has(id)) await ending(id, log, () => endOrphan(connection, id, log))
  const byId = new Map(found.map((task) => [task.id, task]))
  const adopted: RunningTask[] = []
  for (const { id, labels: marks } of records) {
    if (marks[labels.root] !== roots.dataRoot) continue
    const task = byId.get(id)
    if (task === undefined) {
      // The daemon before, or containerd, was killed between two steps of a start or of a removal.
      if (shims.includes(id)) await ending(id, log, () => deleteTask(connection, id))
      await connection.call(containers.delete, { id }).catch(ignoreNotFound)
      removeCgroups(context.cgroupPrefix, id)
      continue
    }
    const isKnown = taskStatus[task.status] !== 'unknown'
    const { pid, status } = isKnown ? { pid: task.pid, status: statusOf(task.status) } : seen(bundles, id)
    resume({
      id,
      pid,
      isTty: marks[labels.tty] === 'true',
      hasStdin: marks[labels.stdin] === 'true',
      isRunning: status !== 'stopped',
    })
    adopted.push({
      id,
      pid,
      status,
      ...(status === 'stopped' && isKnown && { exitCode: task.exitStatus, exitedAt: toDate(task.exitedAt) }),
    })
  }
  return adopted
}

/** One that cannot be ended keeps nobody else from being adopted. */
async function ending(id: string, log: Log, end: () => Promise<void>): Promise<void> {
  try {
    await end()
  } catch (error) {
    log.error('what a start has left behind cannot be ended', { id, error: (error as Error).message })
  }
}

/** Of a shim that does not answer: whether its process is there, by the pid that runc has written. */
function seen(bundles: string | undefined, id: string): Pick<RunningTask, 'pid' | 'status'> {
  try {
    const pid = Number(readFileSync(`${bundles}/${id}/init.pid`, 'utf8'))
    if (identify(pid) !== undefined) return { pid, status: 'running' }
  } catch {
    // There is none.
  }
  return { pid: 0, status: 'stopped' }
}

function statusOf(number: number): RunningTask['status'] {
  const status = taskStatus[number]
  if (status === 'stopped' || status === 'created') return status
  return status === 'paused' || status === 'pausing' ? 'paused' : 'running'
}
