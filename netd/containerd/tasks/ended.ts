import { existsSync } from 'node:fs'
import { tasks, taskStatus } from '../api/tasks.ts'
import { isNotFound, type Connection } from '../connection.ts'
import { EndedError } from '../launcher.ts'
import { identify } from '../process.ts'

interface Target {
  id: string
  execId?: string
  /** As netd sees it; undefined where it cannot tell. */
  pid: number | undefined
}

/** A refusal by a process that has ended becomes EndedError. There are many wordings of it, so not they are asked but the process. */
export async function whileItRuns<Result>(
  connection: Connection,
  target: Target,
  request: () => Promise<Result>,
): Promise<Result> {
  try {
    return await request()
  } catch (error) {
    if (await hasEnded(connection, target)) throw new EndedError(target.id)
    throw error
  }
}

async function hasEnded(connection: Connection, { id, execId = '', pid }: Target): Promise<boolean> {
  if (pid !== undefined && isEnding(pid)) return true
  try {
    const { process } = await connection.call(tasks.get, { containerId: id, execId })
    return taskStatus[process?.status ?? 0] === 'stopped'
  } catch (error) {
    return isNotFound(error)
  }
}

/** A process gives its root up (exit_fs) before it becomes a zombie (exit_notify; kernel/exit.c, do_exit). */
const isEnding = (pid: number): boolean => identify(pid) === undefined || !existsSync(`/proc/${pid}/root`)
