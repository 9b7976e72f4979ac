import type { ContainerStatus } from '../../store/records.ts'
import type { Exec } from './exec.ts'
import type { Move } from './table.ts'

export interface Transition {
  move: Move
  from: ContainerStatus
  to: ContainerStatus | 'gone'
  /** Of the last run. */
  exitCode: number
}

/** It runs no more, nor will it soon; a start that failed is no end. */
export function isEnd({ from, to }: Transition): boolean {
  return to === 'gone' || (to === 'exited' && from !== 'exited')
}

/** What of a container lives only as long as the daemon: its process, execs, timer and watchers, and what is being done to it. */
export class Life {
  /** Of its process, as the daemon sees it; undefined while there is none. */
  pid: number | undefined
  readonly execs = new Map<string, Exec>()
  /** A user asked this run to end: the restart policy stays out of it. */
  isStopping = false
  /** This run was sent KILL: whoever froze it now would keep it from dying. */
  isKilled = false
  isBeingRemoved = false
  /** `restart` requests between their stop and their start: an end meanwhile is not the one that `--rm` waits for. */
  restarts = 0
  /** How long the last restart by policy waited. */
  lastDelayMs: number | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #watchers = new Set<(transition: Transition) => void>()

  /** Another call takes the place of one that is pending. */
  restartAfter(delayMs: number, restart: () => void): void {
    clearTimeout(this.#timer)
    this.lastDelayMs = delayMs
    this.#timer = setTimeout(restart, delayMs)
  }

  /** No restart is pending any more, and the next delay is the first one again. */
  cancelRestart(): void {
    clearTimeout(this.#timer)
    this.lastDelayMs = undefined
  }

  /** To everyone who watches. */
  tell(transition: Transition): void {
    for (const watcher of this.#watchers) watcher(transition)
  }

  /** Resolves with the first transition that `accepts` takes; undefined once the signal fires. */
  next(accepts: (transition: Transition) => boolean, signal?: AbortSignal): Promise<Transition | undefined> {
    const { promise, resolve } = Promise.withResolvers<Transition | undefined>()
    const settle = (transition: Transition | undefined): void => {
      this.#watchers.delete(watch)
      signal?.removeEventListener('abort', abort)
      resolve(transition)
    }
    const watch = (transition: Transition): void => {
      if (accepts(transition)) settle(transition)
    }
    const abort = (): void => settle(undefined)
    this.#watchers.add(watch)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
    return promise
  }
}
