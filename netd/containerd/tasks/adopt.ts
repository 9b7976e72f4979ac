/** What containerd holds of this data root, told to a daemon that has just begun. */
import { bundlesFolder, type Roots } from '../../config/layout.ts'
import { containers } from '../api/containers.ts'
import { tasks, taskStatus } from '../api/tasks.ts'
import { toDate } from '../api/types.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import type { Log, RunningTask } from '../launcher.ts'
import { labels } from './labels.ts'
import { endOrphan, untilSettled } from './leftovers.ts'

export interface FoundTask {
  id: string
  pid: number
  isTty: boolean
  hasStdin: boolean
  isRunning: boolean
}

interface Context {
  connection: Connection
  isPrivate: boolean
  roots: Roots
  namespace: string
  log: Log
}

/** `resume` is called for each, before the list is given. */
export async function adoptTasks(context: Context, resume: (task: FoundTask) => void): Promise<RunningTask[]> {
  const { connection, isPrivate, roots, namespace, log } = context
  if (isPrivate) await untilSettled(connection, bundlesFolder(roots, namespace), log)
  const [{ containers: records }, { tasks: found }] = await Promise.all([
    connection.call(containers.list, {}),
    connection.call(tasks.list, {}),
  ])
  const known = new Set(records.map(({ id }) => id))
  for (const { id } of found) if (!known.has(id)) await endOrphan(connection, id, log)
  const byId = new Map(found.map((task) => [task.id, task]))
  const adopted: RunningTask[] = []
  for (const { id, labels: marks } of records) {
    if (marks[labels.root] !== roots.dataRoot) continue
    const task = byId.get(id)
    if (task === undefined) {
      // The daemon before was killed between two steps of a start or of a removal.
      await connection.call(containers.delete, { id }).catch(ignoreNotFound)
      continue
    }
    const { pid } = task
    const status = statusOf(task.status)
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
      ...(status === 'stopped' && { exitCode: task.exitStatus, exitedAt: toDate(task.exitedAt) }),
    })
  }
  return adopted
}

function statusOf(number: number): RunningTask['status'] {
  const status = taskStatus[number]
  if (status === 'stopped' || status === 'created') return status
  return status === 'paused' || status === 'pausing' ? 'paused' : 'running'
}
