import { closeSync, constants, existsSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { execIoFolder, ioFolder, ioRoot, type Roots } from '../../config/layout.ts'
import { tasks } from '../api/tasks.ts'
import type { Connection } from '../connection.ts'
import type { Log } from '../launcher.ts'
import type { Exits } from './exits.ts'

interface Context {
  connection: Connection
  exits: Exits
  roots: Roots
  log: Log
}

/**
 * Execs that the daemon before was starting when it was killed: their FIFOs still have names. The shim waits for the
 * other end of one, for up to 30 s (containerd, pkg/process/exec.go), and says nothing about the container meanwhile.
 * Held open in both directions, they let it go on; nobody wants the processes any more, so they are ended after that.
 */
export class InterruptedExecs {
  readonly #context: Context
  readonly #execs: { id: string; execId: string }[] = []
  readonly #held: number[] = []

  constructor(context: Context) {
    this.#context = context
    const { roots } = context
    for (const id of foldersIn(ioRoot(roots))) {
      for (const execId of foldersIn(ioFolder(roots, id))) {
        this.#execs.push({ id, execId })
        this.#hold(execIoFolder(roots, id, execId))
      }
    }
  }

  /** Once the shims answer again. */
  async end(): Promise<void> {
    const { connection, exits, roots, log } = this.#context
    for (const { id, execId } of this.#execs) {
      log.warn('an exec whose start was interrupted is ended', { id, execId })
      const which = { containerId: id, execId }
      try {
        const { process } = await connection.call(tasks.get, which)
        // Its exit is what deletes it.
        exits.track(id, process?.pid ?? 0, execId)
        await connection.call(tasks.kill, { ...which, signal: 9 })
      } catch {
        exits.forget(id, execId)
        await connection.call(tasks.deleteProcess, which).catch(() => {})
      }
      rmSync(execIoFolder(roots, id, execId), { recursive: true, force: true })
    }
    for (const fd of this.#held) closeSync(fd)
  }

  #hold(folder: string): void {
    for (const name of readdirSync(folder)) {
      try {
        this.#held.push(openSync(`${folder}/${name}`, constants.O_RDWR | constants.O_NONBLOCK))
      } catch (error) {
        this.#context.log.warn('a FIFO of an interrupted exec cannot be opened', { error: (error as Error).message })
      }
    }
  }
}

function foldersIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path).filter((name) => statSync(`${path}/${name}`).isDirectory()) : []
}
