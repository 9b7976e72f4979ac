/**
 * How the process ends: asked to, or by a fault of its own. Whatever can fail belongs to a request, a connection or a
 * container (../guard.ts); what still comes here is a bug, after which nothing in memory can be relied on. So it is written
 * down, and the process ends as if it had been asked to, for its supervisor to start the next: containers, ports and names
 * go on without it.
 */
import type { Log } from './log.ts'

export interface Ending {
  /** Resolves once, when the process is to end. */
  readonly reason: Promise<'asked' | 'fault'>
}

interface EndingOptions {
  log: Log
  /** Called with each fault, in the turn in which it came. */
  onFault: (fault: Error) => void
  /** For an orderly end after a fault; then the process ends where it stands. */
  patienceMs: number
}

/** A second signal ends the process where it stands. */
export function watchEnding({ log, onFault, patienceMs }: EndingOptions): Ending {
  const { promise, resolve } = Promise.withResolvers<'asked' | 'fault'>()
  let isEnding = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isEnding) {
        log.warn(`${signal} again: ending at once`)
        process.exit(1)
      }
      isEnding = true
      resolve('asked')
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (reason: unknown) => {
      const fault = reason instanceof Error ? reason : new Error(String(reason))
      log.error(`a fault of netd itself, which ends it: ${fault.message}`, { event, stack: fault.stack })
      onFault(fault)
      if (!isEnding) setTimeout(() => process.exit(1), patienceMs).unref()
      isEnding = true
      resolve('fault')
    })
  }
  return { reason: promise }
}
