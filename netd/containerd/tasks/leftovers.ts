/** What a daemon that ended in the middle of a start leaves in containerd, seen by the next one. */
import { existsSync, readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { containers } from '../api/containers.ts'
import { tasks, taskStatus, type Task } from '../api/tasks.ts'
import { anyJson } from '../api/types.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import { deleteTask, runtime, specType } from './launch.ts'
import { identify } from '../process.ts'
import type { Log } from '../launcher.ts'

const settleTimeoutMs = 10_000

/**
 * A create whose caller went is finished or taken back by containerd on its own time, by the container's id: a new task
 * of that id would be taken back with it. Its folder says how far it is: as long as there is no task, not yet done.
 * A containerd that has just begun is at no create. Resolves with the ids whose shims have no task, and get none.
 */
export async function untilSettled(
  connection: Connection,
  bundleFolder: string,
  { hasJustBegun }: { hasJustBegun: boolean },
): Promise<string[]> {
  const deadline = performance.now() + (hasJustBegun ? 0 : settleTimeoutMs)
  for (;;) {
    const bundles = existsSync(bundleFolder) ? readdirSync(bundleFolder) : []
    const { tasks: found } = await connection.call(tasks.list, {})
    const pending = bundles.filter((id) => !found.some((task) => task.id === id) && existsSync(`${bundleFolder}/${id}`))
    if (pending.length === 0 || performance.now() > deadline) return pending
    await setTimeout(50)
  }
}

/**
 * A shim that is busy, with an interrupted exec for one, leaves its task `unknown`, without a pid (containerd gives it
 * 2 s), or has still to tell of the end of a process that the daemon before had killed.
 */
export async function untilKnown(connection: Connection, isPrivate: boolean): Promise<Task[]> {
  const isKnown = ({ status, pid }: Task): boolean =>
    taskStatus[status] !== 'unknown' && !(isPrivate && taskStatus[status] === 'running' && identify(pid) === undefined)
  const deadline = performance.now() + settleTimeoutMs
  for (;;) {
    const { tasks: found } = await connection.call(tasks.list, {})
    if (performance.now() > deadline || found.every(isKnown)) return found
    await setTimeout(50)
  }
}

/** A task, or a shim without one, whose record was deleted while it was being created, or is lost. Deleting it takes a record. */
export async function endOrphan(connection: Connection, id: string, log: Log): Promise<void> {
  log.warn('a task without a record is ended', { id })
  const record = {
    id,
    labels: {},
    image: '',
    runtime: { name: runtime, options: undefined },
    // There has to be one; nobody reads it.
    spec: anyJson(specType, {}),
    snapshotter: '',
    snapshotKey: '',
  }
  await connection.call(containers.create, { container: record })
  await deleteTask(connection, id)
  await connection.call(containers.delete, { id }).catch(ignoreNotFound)
}
