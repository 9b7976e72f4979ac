/**
 * Tells of each exit once, however it is learned: from containerd's events, or, after a gap in them, from the list of
 * tasks. An exit that comes before its process is known here (it may overtake the answer to "start") is kept for then.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Guard } from '../../guard.ts'
import { events, TaskExit, TaskOom } from '../api/events.ts'
import { tasks, taskStatus } from '../api/tasks.ts'
import { toDate } from '../api/types.ts'
import type { Connection } from '../connection.ts'
import type { ExitEvent, Log } from '../launcher.ts'

const earlyLimit = 4096
const firstRetryMs = 50
const lastRetryMs = 2_000
/** What Docker notes for a container whose fate nobody saw. */
const unknownExitCode = 255

const keyOf = (id: string, execId?: string): string => (execId === undefined ? id : `${id}/${execId}`)

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
  readonly #running = new Map<string, { id: string; execId?: string }>()
  readonly #early = new Map<string, ExitEvent>()
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

  /** From now on its exit is told; an exit that came already is told in the next turn of the event loop. */
  track(id: string, execId?: string): void {
    const key = keyOf(id, execId)
    this.#running.set(key, { id, ...(execId !== undefined && { execId }) })
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
    const { containerId: id, id: processId, exitStatus, exitedAt } = TaskExit.decode(value)
    const execId = processId === id ? undefined : processId
    this.#tell({
      id,
      ...(execId !== undefined && { execId }),
      exitCode: exitStatus,
      exitedAt: toDate(exitedAt),
      isOomKilled: this.#oomKilled.has(id),
    })
  }

  #tell(event: ExitEvent): void {
    const key = keyOf(event.id, event.execId)
    if (!this.#running.delete(key)) {
      this.#early.set(key, event)
      const [oldest] = this.#early.keys()
      if (this.#early.size > earlyLimit && oldest !== undefined) this.#early.delete(oldest)
      return
    }
    this.#early.delete(key)
    if (event.execId === undefined) this.#oomKilled.delete(event.id)
    for (const listener of this.#listeners) listener(event)
  }

  /** One subscription at a time: the next begins when the one before has ended. */
  async #follow(first: Subscription): Promise<void> {
    await first.ended
    for (let retryMs = firstRetryMs; !this.#isClosed; retryMs = Math.min(2 * retryMs, lastRetryMs)) {
      await delay(retryMs)
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
    const before = [...this.#running.values()].filter(({ execId }) => execId === undefined)
    const { tasks: found } = await this.#connection.call(tasks.list, {})
    const byId = new Map(found.map((task) => [task.id, task]))
    for (const { id } of before) {
      const task = byId.get(id)
      if (task === undefined) this.#tell({ id, exitCode: unknownExitCode, exitedAt: new Date(), isOomKilled: false })
      else if (taskStatus[task.status] === 'stopped') {
        this.#tell({
          id,
          exitCode: task.exitStatus,
          exitedAt: toDate(task.exitedAt),
          isOomKilled: this.#oomKilled.has(id),
        })
      }
    }
  }
}
