import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { errors } from '../../api/errors.ts'
import { containers } from './api/containers.ts'
import { snapshots } from './api/snapshots.ts'
import { tasks, taskStatus } from './api/tasks.ts'
import { toDate, type Mount } from './api/types.ts'
import { version } from './api/version.ts'
import { ignoreNotFound, isNotFound, type Connection } from './connection.ts'
import { labels, type Live } from './container.ts'
import type { PrivateContainerd } from './daemon.ts'
import { exec } from './exec.ts'
import type { Exits } from './exits.ts'
import type { ImageStore } from './images/store.ts'
import { snapshotter } from './images/unpack.ts'
import { copyFromImage } from './copy-from-image.ts'
import { deleteTask, launch, layerRoots } from './launch.ts'
import { endOrphan, untilSettled } from './leftovers.ts'
import type {
  ExecIo,
  ExitEvent,
  Launcher,
  LaunchSpec,
  Log,
  LogEntry,
  LogQuery,
  ProcessSpec,
  RunningTask,
} from './launcher.ts'
import { ContainerLog } from './log/container-log.ts'
import { isInCgroupOf } from './process.ts'
import { StdinFifo, type MakeFifo } from './stdio.ts'

const sigkill = 9

interface Parts {
  connection: Connection
  /** Absent with a containerd that is not ours. */
  daemon: PrivateContainerd | undefined
  exits: Exits
  images: ImageStore
  dataRoot: string
  execRoot: string
  namespace: string
  cgroupPrefix: string
  log: Log
  makeFifo: MakeFifo
  now: () => Date
}

export class ContainerdLauncher implements Launcher {
  readonly images: ImageStore
  readonly #parts: Parts
  readonly #live = new Map<string, Live>()
  readonly #logs = new Map<string, ContainerLog>()
  /** Of prepared layers: an overlay's folders do not change. */
  readonly #mounts = new Map<string, Mount[]>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.images = parts.images
    // An exec that ended stays with its shim until it is deleted.
    parts.exits.listen(({ id, execId }) => {
      if (execId === undefined) return
      parts.connection.call(tasks.deleteProcess, { containerId: id, execId }).catch((error: unknown) => {
        if (!isNotFound(error))
          parts.log.debug('an exec that ended could not be removed', { id, execId, error: String(error) })
      })
    })
  }

  async version(): Promise<{ containerd: { version: string; revision: string }; runc: { version: string } }> {
    const [containerd, runc] = await Promise.all([
      this.#parts.connection.call(version, {}),
      promisify(execFile)('runc', ['--version']),
    ])
    return { containerd, runc: { version: /^runc version (\S+)/.exec(runc.stdout)?.[1] ?? 'unknown' } }
  }

  async prepare(id: string, imageId: string): Promise<void> {
    const parent = await this.images.topSnapshot(imageId)
    // The layer outlives the container record, so it must be a root of its own for the garbage collection.
    const lasting = { 'containerd.io/gc.root': this.#parts.now().toISOString() }
    const { mounts } = await this.#parts.connection
      .call(snapshots.prepare, { snapshotter, key: id, parent, labels: lasting })
      .catch((error: unknown) => {
        throw isNotFound(error) ? errors.imageNotFound(imageId) : error
      })
    this.#mounts.set(id, mounts)
  }

  async copyFromImage(id: string, from: string, into: string): Promise<void> {
    const mounts =
      this.#mounts.get(id) ?? (await this.#parts.connection.call(snapshots.mounts, { snapshotter, key: id })).mounts
    const mountPoint = `${this.#parts.execRoot}/image`
    mkdirSync(mountPoint, { recursive: true, mode: 0o700 })
    await copyFromImage(layerRoots(mounts), from, into, mountPoint)
  }

  async start(spec: LaunchSpec, ready?: Promise<void>): Promise<{ pid: number }> {
    const { connection, exits, execRoot } = this.#parts
    const { id } = spec
    const { isTty } = spec.process
    const log = this.#logOf(id)
    exits.forget(id)
    let stdin: StdinFifo | undefined
    const openStdio = (): { stdin: string; stdout: string; stderr: string } => {
      if (spec.hasStdin) stdin = new StdinFifo(this.#stdinPath(id), this.#parts.makeFifo)
      const { paths } = log.begin(isTty)
      return { stdin: stdin?.path ?? '', stdout: paths.stdout, stderr: isTty ? '' : paths.stderr }
    }
    try {
      const pid = await launch(spec, {
        connection,
        dataRoot: this.#parts.dataRoot,
        cgroupPrefix: this.#parts.cgroupPrefix,
        runcRoot: `${execRoot}/runc`,
        log: this.#parts.log,
        mounts: this.#mounts.get(id),
        openStdio,
        ready: ready ?? Promise.resolve(),
      })
      stdin?.open()
      this.#live.set(id, { pid, isTty, stdin, log })
      exits.track(id)
      return { pid }
    } catch (error) {
      stdin?.close()
      log.end()
      throw error
    }
  }

  async kill(id: string, signal: number): Promise<void> {
    if (signal === sigkill && this.#killsDirectly(id)) return
    // What has ended already needs no signal: its exit is on the way.
    await this.#parts.connection.call(tasks.kill, { containerId: id, signal }).catch(ignoreNotFound)
  }

  async pids(id: string): Promise<number[]> {
    const { processes } = await this.#parts.connection.call(tasks.pids, { containerId: id })
    return processes.map(({ pid }) => pid)
  }

  async pause(id: string): Promise<void> {
    await this.#parts.connection.call(tasks.pause, { containerId: id })
  }

  async resume(id: string): Promise<void> {
    await this.#parts.connection.call(tasks.resume, { containerId: id })
  }

  async resize(id: string, size: { rows: number; columns: number }, execId = ''): Promise<void> {
    await this.#parts.connection.call(tasks.resize, { containerId: id, execId, width: size.columns, height: size.rows })
  }

  async reap(id: string): Promise<void> {
    const { connection, exits } = this.#parts
    try {
      await deleteTask(connection, id)
      await connection.call(containers.delete, { id }).catch(ignoreNotFound)
    } finally {
      this.#live.get(id)?.stdin?.close()
      this.#live.delete(id)
      this.#logOf(id).end()
      exits.forget(id)
      rmSync(this.#ioFolder(id), { recursive: true, force: true })
    }
  }

  async remove(id: string): Promise<void> {
    this.#logOf(id).remove()
    rmSync(this.#dataFolder(id), { recursive: true, force: true })
    this.#logs.delete(id)
    this.#mounts.delete(id)
    rmSync(this.#ioFolder(id), { recursive: true, force: true })
    await this.#parts.connection.call(snapshots.remove, { snapshotter, key: id }).catch(ignoreNotFound)
  }

  rootfs(id: string): string | undefined {
    const live = this.#live.get(id)
    if (live === undefined) return undefined
    if (this.#parts.daemon === undefined) return `/proc/${live.pid}/root`
    const path = `${this.#parts.daemon.stateRoot}/io.containerd.runtime.v2.task/${this.#parts.namespace}/${id}/rootfs`
    return existsSync(path) ? path : undefined
  }

  async exec(
    id: string,
    execId: string,
    process: ProcessSpec,
    options: { hasStdin: boolean },
  ): Promise<{ pid: number; io: ExecIo }> {
    const live = this.#live.get(id)
    if (live === undefined) throw errors.conflict(`Container ${id} is not running`)
    const folder = `${this.#ioFolder(id)}/${execId}`
    this.#parts.exits.forget(id, execId)
    const started = await exec(this.#parts.connection, {
      id,
      execId,
      pid: live.pid,
      process,
      folder,
      makeFifo: this.#parts.makeFifo,
      hasStdin: options.hasStdin,
    })
    this.#parts.exits.track(id, execId)
    return started
  }

  stdin(id: string): Writable | undefined {
    return this.#live.get(id)?.stdin?.socket
  }

  async closeStdin(id: string): Promise<void> {
    const stdin = this.#live.get(id)?.stdin
    if (stdin?.socket === undefined) return
    // What was written must be in the FIFO before its last writers go.
    await new Promise<void>((resolve) => stdin.socket?.end(resolve))
    await this.#parts.connection.call(tasks.closeIo, { containerId: id, stdin: true }).catch(ignoreNotFound)
  }

  logs(id: string, query: LogQuery): AsyncIterable<LogEntry> {
    return this.#logOf(id).query(query)
  }

  output(id: string, signal: AbortSignal): AsyncIterable<LogEntry> {
    return this.#logOf(id).output(signal)
  }

  async adopt(): Promise<RunningTask[]> {
    const { connection, daemon, namespace, log } = this.#parts
    if (daemon !== undefined)
      await untilSettled(connection, `${daemon.stateRoot}/io.containerd.runtime.v2.task/${namespace}`, log)
    const [{ containers: records }, { tasks: found }] = await Promise.all([
      connection.call(containers.list, {}),
      connection.call(tasks.list, {}),
    ])
    const known = new Set(records.map(({ id }) => id))
    for (const { id } of found) if (!known.has(id)) await endOrphan(connection, id, log)
    const byId = new Map(found.map((task) => [task.id, task]))
    const adopted: RunningTask[] = []
    for (const { id, labels: marks } of records) {
      if (marks[labels.root] !== this.#parts.dataRoot) continue
      const task = byId.get(id)
      if (task === undefined) {
        // The daemon before was killed between two steps of a start or of a removal.
        await connection.call(containers.delete, { id }).catch(ignoreNotFound)
        continue
      }
      const status = taskStatus[task.status]
      if (!this.#live.has(id)) this.#resume(id, marks, task.pid, status !== 'stopped')
      if (status === 'stopped')
        adopted.push({ id, pid: task.pid, status, exitCode: task.exitStatus, exitedAt: toDate(task.exitedAt) })
      else
        adopted.push({
          id,
          pid: task.pid,
          status: status === 'paused' || status === 'pausing' ? 'paused' : status === 'created' ? 'created' : 'running',
        })
    }
    return adopted
  }

  onExit(listener: (event: ExitEvent) => void): void {
    this.#parts.exits.listen(listener)
  }

  /** Containers go on; so does a containerd that is not ours. */
  async close(): Promise<void> {
    this.#parts.exits.close()
    for (const { stdin } of this.#live.values()) stdin?.close()
    for (const log of this.#logs.values()) log.detach()
    this.#parts.connection.close()
    await this.#parts.daemon?.stop()
  }

  /**
   * KILL can be neither caught nor held back, so it needs nothing of runc, whose start takes longer than the process's
   * end. With a containerd that is not ours, its numbers may be of another PID namespace.
   */
  #killsDirectly(id: string): boolean {
    const pid = this.#live.get(id)?.pid
    if (this.#parts.daemon === undefined || pid === undefined || !isInCgroupOf(pid, id)) return false
    try {
      return process.kill(pid, sigkill)
    } catch {
      return false
    }
  }

  #resume(id: string, marks: Record<string, string>, pid: number, isRunning: boolean): void {
    const isTty = marks[labels.tty] === 'true'
    const log = this.#logOf(id)
    log.resume(isTty)
    const path = this.#stdinPath(id)
    const stdin = isRunning && marks[labels.stdin] === 'true' && existsSync(path) ? new StdinFifo(path) : undefined
    stdin?.open()
    this.#live.set(id, { pid, isTty, stdin, log })
    if (isRunning) this.#parts.exits.track(id)
  }

  #logOf(id: string): ContainerLog {
    const known = this.#logs.get(id)
    if (known !== undefined) return known
    const log = new ContainerLog(`${this.#dataFolder(id)}/log`, this.#parts.now)
    this.#logs.set(id, log)
    return log
  }

  #dataFolder(id: string): string {
    return `${this.#parts.dataRoot}/containers/${id}`
  }

  #ioFolder(id: string): string {
    return `${this.#parts.execRoot}/io/${id}`
  }

  #stdinPath(id: string): string {
    mkdirSync(this.#ioFolder(id), { recursive: true, mode: 0o700 })
    return `${this.#ioFolder(id)}/stdin`
  }
}
