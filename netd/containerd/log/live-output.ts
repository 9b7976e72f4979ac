import type { LogEntry } from '../launcher.ts'
import type { Run } from './run.ts'

/** What comes from one moment on, as it comes, for somebody who attached. The run's files stay open until it is read or the signal fires. */
export class LiveOutput implements AsyncIterable<LogEntry> {
  readonly #run: Promise<Run | undefined>
  readonly #from: number
  readonly #signal: AbortSignal
  #held: Run | undefined
  #isReading = false

  constructor(run: Promise<Run | undefined> | Run, from: number, signal: AbortSignal) {
    this.#from = from
    this.#signal = signal
    signal.addEventListener('abort', () => this.#isReading || this.#release(), { once: true })
    if (!(run instanceof Promise)) this.#hold(run)
    this.#run = run instanceof Promise ? run.then((started) => this.#hold(started)) : Promise.resolve(run)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogEntry> {
    this.#isReading = true
    try {
      await this.#run
      if (this.#held !== undefined) yield* this.#read(this.#held)
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

  #hold(run: Run | undefined): Run | undefined {
    if (this.#signal.aborted) return undefined
    run?.retain()
    this.#held = run
    return run
  }

  #release(): void {
    this.#held?.release()
    this.#held = undefined
  }
}
