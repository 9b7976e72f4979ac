/**
 * Tells of each exit once, however it is learned: from containerd's events, or, after a gap in them, from the list of
 * tasks. An exit that comes before its process is known here (it may overtake the answer to "start") is kept for then.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Guard } from '../../guard.ts'
import { events, TaskExit, TaskOom } from '../api/events.ts'
import { tasks, taskStatus } from '../api/tasks.ts'
import { toDate } from '../api/types.ts'
import { isNotFound, type Connection } from '../connection.ts'
import type { ExitEvent, Log } from '../launcher.ts'

const earlyLimit = 4096
const firstRetryMs = 50
const lastRetryMs = 2_000
/** What Docker notes for a container whose fate nobody saw. */
const unknownExitCode = 255

const keyOf = (id: string, execId?: string): string => (execId === undefined ? id : `${id}/${execId}`)

interface Running {
  id: string
  execId?: string
  pid: number
}

type Exit = ExitEvent & { pid: number }

interface Subscription {
  ended: Promise<void>
  cancel: () => void
}

export class Exits {
  readonly #connection: Connection
  readonly #namespace: string
  readonly #log: Log
  readonly #guard: Guard
  /** Brings a private containerd back. */
  readonly #revive: () => Promise<void>
  readonly #running = new Map<string, Running>()
  readonly #early = new Map<string, Exit>()
  readonly #oomKilled = new Set<string>()
  readonly #listeners: ((event: ExitEvent) => void)[] = []
  #current: Subscription | undefined
  #isClosed = false

  constructor(connection: Connection, options: { namespace: string; log: Log; revive: () => Promise<void> }) {
    this.#connection = connection
    this.#namespace = options.namespace
    this.#log = options.log
    this.#guard = new Guard({ what: 'the end of a process', log: options.log })
    this.#revive = options.revive
  }

  listen(listener: (event: ExitEvent) => void): void {
    this.#listeners.push(this.#guard.listener(listener))
  }

  /**
   * From now on its exit is told; an exit that came already is told in the next turn of the event loop. The pid is
   * containerd's: by it an exit is told from that of an earlier run.
   */
  track(id: string, pid: number, execId?: string): void {
    const key = keyOf(id, execId)
    this.#running.set(key, { id, pid, ...(execId !== undefined && { execId }) })
    const early = this.#early.get(key)
    if (early !== undefined) setImmediate(this.#guard.listener(() => this.#tell(early)))
  }

  /** Before a start: whatever is remembered is of an earlier run. */
  forget(id: string, execId?: string): void {
    this.#running.delete(keyOf(id, execId))
    this.#early.delete(keyOf(id, execId))
    if (execId === undefined) this.#oomKilled.delete(id)
  }

  /** Subscribes at once, and again whenever the stream of events ends, for whatever reason. */
  open(): void {
    this.#follow(this.#subscribe()).catch((error: unknown) =>
      this.#log.error("containerd's events are not followed any more", { error: String(error) }),
    )
  }

  close(): void {
    this.#isClosed = true
    this.#current?.cancel()
  }

  #receive(topic: string, value: Buffer): void {
    if (topic === '/tasks/oom') {
      this.#oomKilled.add(TaskOom.decode(value).containerId)
      return
    }
    const { containerId: id, id: processId, pid, exitStatus, exitedAt } = TaskExit.decode(value)
    const execId = processId === id ? undefined : processId
    this.#tell({
      id,
      pid,
      ...(execId !== undefined && { execId }),
      exitCode: exitStatus,
      exitedAt: toDate(exitedAt),
      isOomKilled: this.#oomKilled.has(id),
    })
  }

  #tell({ pid, ...event }: Exit): void {
    const key = keyOf(event.id, event.execId)
    const running = this.#running.get(key)
    if (running === undefined) {
      this.#early.set(key, { pid, ...event })
      const [oldest] = this.#early.keys()
      if (this.#early.size > earlyLimit && oldest !== undefined) this.#early.delete(oldest)
      return
    }
    this.#early.delete(key)
    if (running.pid !== pid) return
    this.#running.delete(key)
    if (event.execId === undefined) this.#oomKilled.delete(event.id)
    for (const listener of this.#listeners) listener(event)
  }

  /** One subscription at a time: the next begins when the one before has ended. */
  async #follow(first: Subscription): Promise<void> {
    await first.ended
    for (let retryMs = firstRetryMs; !this.#isClosed; retryMs = Math.min(2 * retryMs, lastRetryMs)) {
      await delay(retryMs)
      // Whoever takes over brings containerd back; two of them would start two.
      if (this.#isClosed) return
      try {
        await this.#revive()
        await this.#connection.ready(10_000)
        this.#connection.outage = undefined
        if (this.#isClosed) return
        const next = this.#subscribe()
        await this.#reconcile().catch((error: unknown) => {
          next.cancel()
          throw error
        })
        retryMs = firstRetryMs
        await next.ended
      } catch (error) {
        if (this.#isClosed) return
        const { message } = error as Error
        if (message !== this.#connection.outage) this.#log.error(`${message}; trying again`)
        this.#connection.outage = message
      }
    }
  }

  #subscribe(): Subscription {
    const filters = ['/tasks/exit', '/tasks/oom'].map(
      (topic) => `namespace==${JSON.stringify(this.#namespace)},topic==${JSON.stringify(topic)}`,
    )
    const stream = this.#connection.subscribe(events.subscribe, { filters })
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    stream.on(
      'data',
      this.#guard.listener(({ topic, event }: { topic: string; event: { value: Uint8Array } | undefined }) =>
        this.#receive(topic, Buffer.from(event?.value ?? [])),
      ),
    )
    stream.on('error', (error) => {
      if (!this.#isClosed) this.#log.warn("the stream of containerd's events ended", { error: error.message })
    })
    stream.on('close', resolve)
    this.#current = { ended, cancel: () => stream.cancel() }
    return this.#current
  }

  /** What ended while no events came. */
  async #reconcile(): Promise<void> {
    await Promise.all(this.#running.values().map((running) => this.#reconcileOne(running)))
  }

  async #reconcileOne({ id, pid, execId }: Running): Promise<void> {
    const which = { id, pid, ...(execId !== undefined && { execId }) }
    try {
      const { process } = await this.#connection.call(tasks.get, { containerId: id, execId: execId ?? '' })
      if (process === undefined || taskStatus[process.status] !== 'stopped') return
      const { exitStatus: exitCode, exitedAt } = process
      this.#tell({ ...which, exitCode, exitedAt: toDate(exitedAt), isOomKilled: this.#oomKilled.has(id) })
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#tell({ ...which, exitCode: unknownExitCode, exitedAt: new Date(), isOomKilled: false })
    }
  }
}
