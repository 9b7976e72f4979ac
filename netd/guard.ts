/**
 * No callback ends a process. What a listener throws, and what an emitter tells as `error`, belongs to one owner (a
 * connection, a request, a container, a watch): it is logged under the owner's name, and only the owner ends.
 *
 *     const guard = new Guard({ what: `attach to ${name}`, log, end: () => socket.destroy() })
 *     guard.errorsOf(socket)
 *     socket.on('data', guard.listener((chunk) => write(chunk)))
 *     setTimeout(guard.listener(flush), 100)
 */
import type { EventEmitter } from 'node:events'

export interface GuardLog {
  debug(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

export interface GuardOptions {
  /** The owner, as the log names it: `attach to web`, `port 0.0.0.0:53/udp`. */
  what: string
  log: GuardLog
  /** Ends the owner. Called once, at the first failure; without it the owner goes on (a listening socket). */
  end?: (error: Error) => void
}

/** The other end hung up, or was never there: everyday life. */
const hangUps = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
])

/** Of one that goes on failing no more than this is said aloud: a log can be flooded, too. */
const quietMs = 60_000

export class Guard {
  readonly #options: GuardOptions
  #hasFailed = false
  readonly #quietUntil = { debug: 0, warn: 0, error: 0 }

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** The same listener; what it throws, or rejects with, is a failure of the owner. */
  listener<Values extends unknown[]>(listen: (...values: Values) => unknown): (...values: Values) => void {
    return (...values) => {
      try {
        const result = listen(...values)
        if (result instanceof Promise) result.catch((error: unknown) => this.#threw(error))
      } catch (error) {
        this.#threw(error)
      }
    }
  }

  errorsOf(...emitters: Pick<EventEmitter, 'on'>[]): void {
    for (const emitter of emitters) emitter.on('error', (error: Error) => this.#told(error))
  }

  /** A failure of the world, not of ours. */
  #told(error: Error): void {
    const isHangUp = hangUps.has((error as NodeJS.ErrnoException).code ?? '')
    this.#say(isHangUp ? 'debug' : 'warn', error)
    this.#end(error)
  }

  /** A bug: the stack says where. */
  #threw(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    this.#say('error', error, { stack: error.stack })
    this.#end(error)
  }

  #say(level: 'debug' | 'warn' | 'error', error: Error, fields?: object): void {
    const now = performance.now()
    const isQuiet = now < this.#quietUntil[level]
    if (!isQuiet) this.#quietUntil[level] = now + quietMs
    this.#options.log[isQuiet ? 'debug' : level](`${this.#options.what}: ${error.message}`, fields)
  }

  #end(error: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    try {
      this.#options.end?.(error)
    } catch (failure) {
      this.#options.log.error(`${this.#options.what} could not be ended: ${(failure as Error).message}`)
    }
  }
}
