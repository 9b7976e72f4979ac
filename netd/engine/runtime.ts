/** What lives only as long as the daemon: processes, exec instances, timers, and who waits for what. Rebuilt by adoption after a restart. */
import type { CreateExecRequest } from '../../api/docker/exec.ts'
import type { ExecIo } from '../containerd/launcher.ts'

export interface Exec {
  id: string
  containerId: string
  request: CreateExecRequest
  hasStarted: boolean
  isRunning: boolean
  exitCode: number | null
  pid: number
  io?: ExecIo
  /** Settled by the exit event. */
  exited: PromiseWithResolvers<void>
}

/** `not-started` is a start that failed: who attached has nothing to wait for, who waits for an exit goes on waiting. */
export type Transition =
  { to: 'running' } | { to: 'not-started' } | { to: 'exited'; exitCode: number } | { to: 'removed'; exitCode: number }

export class Runtime {
  /** Process ids of the containers that run, as the daemon sees them. */
  readonly pids = new Map<string, number>()
  readonly execs = new Map<string, Exec>()
  /** Containers that a user asked to end: their restart policy stays out of it. */
  readonly stopping = new Set<string>()
  readonly removing = new Set<string>()
  /** Restarts that a policy has scheduled, and how long the last one waited. */
  readonly restarts = new Map<string, NodeJS.Timeout>()
  readonly restartDelaysMs = new Map<string, number>()
  readonly #watchers = new Map<string, Set<(transition: Transition) => void>>()

  /** Tells everyone who watches the container. */
  announce(containerId: string, transition: Transition): void {
    for (const watcher of this.#watchers.get(containerId) ?? []) watcher(transition)
  }

  /** Resolves with the first transition that `accepts` takes; undefined once the signal fires. */
  next(
    containerId: string,
    accepts: (transition: Transition) => boolean,
    signal?: AbortSignal,
  ): Promise<Transition | undefined> {
    const { promise, resolve } = Promise.withResolvers<Transition | undefined>()
    const watchers = this.#watchers.get(containerId) ?? new Set()
    this.#watchers.set(containerId, watchers)
    const settle = (transition: Transition | undefined): void => {
      watchers.delete(watch)
      if (watchers.size === 0 && this.#watchers.get(containerId) === watchers) this.#watchers.delete(containerId)
      signal?.removeEventListener('abort', abort)
      resolve(transition)
    }
    const watch = (transition: Transition): void => {
      if (accepts(transition)) settle(transition)
    }
    const abort = (): void => settle(undefined)
    watchers.add(watch)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
    return promise
  }
}
