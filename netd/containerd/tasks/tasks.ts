/** Tasks of containerd: the processes of containers, their standard streams, and their exits. */
import { rmSync } from 'node:fs'
import { execIoFolder, ioFolder, type Roots } from '../../config/layout.ts'
import { containers } from '../api/containers.ts'
import type { Method } from '../api/method.ts'
import { tasks } from '../api/tasks.ts'
import type { Mount } from '../api/types.ts'
import { ignoreNotFound, isNotFound, type Connection } from '../connection.ts'
import {
  EndedError,
  type AppArmor,
  type ExecIo,
  type ExitEvent,
  type LaunchSpec,
  type Log,
  type ProcessSpec,
  type RunningTask,
  type Stdin,
  type Tasks,
} from '../launcher.ts'
import type { SnapshotLayers } from '../layers/layers.ts'
import type { FileLogs } from '../logs/logs.ts'
import { isInCgroupOf } from '../process.ts'
import { adoptTasks, type FoundTask } from './adopt.ts'
import { whileItRuns } from './ended.ts'
import { removeCgroups } from './cgroups.ts'
import { exec } from './exec.ts'
import type { Exits } from './exits.ts'
import { deleteTask, launch } from './launch.ts'
import { StdinFifo, type MakeFifo } from './stdio.ts'

const sigkill = 9

export interface TaskParts {
  connection: Connection
  /** Whether containerd and its containers are in the PID namespace of netd. */
  isPrivate: boolean
  /** Whether containerd was started just now. */
  hasJustBegun: boolean
  exits: Exits
  layers: SnapshotLayers
  logs: FileLogs
  appArmor: AppArmor
  roots: Roots
  namespace: string
  cgroupPrefix: string
  isSystemdCgroup: boolean
  log: Log
  makeFifo: MakeFifo
}

/** Of a container whose task is known. All of it can be had again from containerd and the files. */
interface Live {
  pid: number
  stdin: StdinFifo | undefined
}

export class ContainerTasks implements Tasks {
  readonly #parts: TaskParts
  readonly #live = new Map<string, Live>()

  constructor(parts: TaskParts) {
    this.#parts = parts
    // An exec that ended stays with its shim until it is deleted.
    parts.exits.listen(({ id, execId }) => {
      if (execId === undefined) return
      parts.connection.call(tasks.deleteProcess, { containerId: id, execId }).catch((error: unknown) => {
        if (!isNotFound(error))
          parts.log.debug('an exec that ended could not be removed', { id, execId, error: String(error) })
      })
    })
  }

  async start(spec: LaunchSpec, ready: Promise<void> = Promise.resolve()): Promise<{ pid: number }> {
    const { exits, logs, roots, makeFifo } = this.#parts
    const { id } = spec
    const { isTty } = spec.process
    const log = logs.of(id)
    exits.forget(id)
    let stdin: StdinFifo | undefined
    const openStdio = (): { stdin: string; stdout: string; stderr: string } => {
      if (spec.hasStdin) stdin = StdinFifo.make(roots, id, makeFifo)
      const { paths } = log.begin(isTty)
      return { stdin: stdin?.path ?? '', stdout: paths.stdout, stderr: isTty ? '' : paths.stderr }
    }
    try {
      const mounts = (): Promise<Mount[]> => this.#parts.layers.mounts(id)
      const pid = await launch(spec, { ...this.#parts, mounts, openStdio, ready })
      stdin?.open()
      this.#live.set(id, { pid, stdin })
      exits.track(id, pid)
      return { pid }
    } catch (error) {
      stdin?.close()
      log.end()
      throw error
    }
  }

  async kill(id: string, signal: number): Promise<void> {
    if (signal === sigkill && this.#killsDirectly(id)) return
    await this.#request(id, tasks.kill, { containerId: id, signal }).catch((error: unknown) => {
      if (!(error instanceof EndedError)) throw error
    })
  }

  async pids(id: string): Promise<number[]> {
    const { processes } = await this.#request(id, tasks.pids, { containerId: id })
    return processes.map(({ pid }) => pid)
  }

  async pause(id: string): Promise<void> {
    await this.#request(id, tasks.pause, { containerId: id })
  }

  async resume(id: string): Promise<void> {
    await this.#request(id, tasks.resume, { containerId: id })
  }

  async resize(id: string, size: { rows: number; columns: number }, execId = ''): Promise<void> {
    const request = { containerId: id, execId, width: size.columns, height: size.rows }
    if (execId === '') await this.#request(id, tasks.resize, request)
    else await this.#request(id, tasks.resize, request, execId)
  }

  async reap(id: string): Promise<void> {
    const { connection, exits, logs } = this.#parts
    try {
      await deleteTask(connection, id)
      await connection.call(containers.delete, { id }).catch(ignoreNotFound)
    } finally {
      this.#live.get(id)?.stdin?.close()
      this.#live.delete(id)
      logs.of(id).end()
      exits.forget(id)
      rmSync(ioFolder(this.#parts.roots, id), { recursive: true, force: true })
    }
  }

  /** What a run that ended in the middle may have left. */
  removeLeftovers(id: string): void {
    removeCgroups(this.#parts.cgroupPrefix, id)
    rmSync(ioFolder(this.#parts.roots, id), { recursive: true, force: true })
  }

  async exec(
    id: string,
    execId: string,
    process: ProcessSpec,
    { hasStdin }: { hasStdin: boolean },
  ): Promise<{ pid: number; io: ExecIo }> {
    const live = this.#live.get(id)
    if (live === undefined) throw new EndedError(id)
    const { connection, exits, isPrivate, log, makeFifo, roots } = this.#parts
    const folder = execIoFolder(roots, id, execId)
    exits.forget(id, execId)
    const started = await whileItRuns(connection, { id, pid: isPrivate ? live.pid : undefined }, () =>
      exec(connection, { id, execId, pid: live.pid, process, folder, makeFifo, hasStdin, log }),
    )
    exits.track(id, started.pid, execId)
    return started
  }

  stdin(id: string): Stdin | undefined {
    const stream = this.#live.get(id)?.stdin?.socket
    if (stream === undefined) return undefined
    return {
      stream,
      end: async () => {
        // What was written must be in the FIFO before its last writers go.
        await new Promise<void>((resolve) => stream.end(resolve))
        await this.#parts.connection.call(tasks.closeIo, { containerId: id, stdin: true }).catch(ignoreNotFound)
      },
    }
  }

  adopt(): Promise<RunningTask[]> {
    return adoptTasks(this.#parts, (task) => this.#resume(task))
  }

  onExit(listener: (event: ExitEvent) => void): void {
    this.#parts.exits.listen(listener)
  }

  close(): void {
    this.#parts.exits.close()
    for (const { stdin } of this.#live.values()) stdin?.close()
  }

  #request<Request, Response>(
    id: string,
    method: Method<Request, Response>,
    request: Partial<Request>,
    execId?: string,
  ): Promise<Response> {
    const { connection, isPrivate } = this.#parts
    const pid = isPrivate && execId === undefined ? this.#live.get(id)?.pid : undefined
    return whileItRuns(connection, { id, pid, ...(execId !== undefined && { execId }) }, () =>
      connection.call(method, request),
    )
  }

  /**
   * KILL can be neither caught nor held back, so it needs nothing of runc, whose start takes longer than the process's
   * end. With a containerd that is not ours, its numbers may be of another PID namespace.
   */
  #killsDirectly(id: string): boolean {
    const pid = this.#live.get(id)?.pid
    if (!this.#parts.isPrivate || pid === undefined || !isInCgroupOf(pid, id)) return false
    try {
      return process.kill(pid, sigkill)
    } catch {
      return false
    }
  }

  /** What of its streams cannot be opened is this container's loss alone: it goes on, and so do the others. */
  #resume({ id, pid, isTty, hasStdin, isRunning }: FoundTask): void {
    if (this.#live.has(id)) return
    const { exits, log, logs, roots } = this.#parts
    const attempt = <Result>(what: string, work: () => Result): Result | undefined => {
      try {
        return work()
      } catch (error) {
        log.warn(`a container goes on without its ${what}`, { id, error: (error as Error).message })
        return undefined
      }
    }
    attempt('log', () => logs.of(id).resume(isTty))
    const stdin = isRunning && hasStdin ? attempt('standard input', () => StdinFifo.adopt(roots, id)) : undefined
    this.#live.set(id, { pid, stdin })
    if (isRunning) exits.track(id, pid)
  }
}
