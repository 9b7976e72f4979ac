import type { LogEntry } from '../launcher.ts'
import type { Run } from './run.ts'

/**
 * What comes from one moment on, as it comes, for somebody who attached, perhaps before the start. The run's files stay
 * open until all is read or the signal fires.
 */
export class LiveOutput implements AsyncIterable<LogEntry> {
  readonly #signal: AbortSignal
  readonly #begun = Promise.withResolvers<void>()
  #run: Run | undefined
  #from = 0
  #isReading = false

  constructor(signal: AbortSignal) {
    this.#signal = signal
    const abort = (): void => {
      this.begin(undefined)
      if (!this.#isReading) this.#release()
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  }

  /** Undefined when there will be no run. */
  begin(run: Run | undefined, from = 0): void {
    if (run !== undefined && !this.#signal.aborted) {
      run.retain()
      this.#run = run
      this.#from = from
    }
    this.#begun.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogEntry> {
    this.#isReading = true
    try {
      await this.#begun.promise
      if (this.#run !== undefined) yield* this.#read(this.#run)
    } finally {
      this.#release()
    }
  }

  async *#read(run: Run): AsyncGenerator<LogEntry> {
    let position = this.#from
    for (;;) {
      const isEnd = !run.isLive
      for (const record of run.index.forward(position, run.index.count)) {
        if (this.#signal.aborted) return
        yield { stream: record.stream, time: new Date(record.timeMs), data: run.read(record) }
        position += 1
      }
      if (isEnd || this.#signal.aborted) return
      if (run.index.count === position) await run.changed(this.#signal)
    }
  }

  #release(): void {
    this.#run?.release()
    this.#run = undefined
  }
}
