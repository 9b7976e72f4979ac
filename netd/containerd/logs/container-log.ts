/** The log of one container: a numbered folder for each of its runs. */
import { readdirSync } from 'node:fs'
import type { LogEntry, LogQuery } from '../launcher.ts'
import { LiveOutput } from './live-output.ts'
import { queryLogs } from './query.ts'
import { Run, type RunOptions } from './run.ts'

export class ContainerLog {
  readonly #folder: string
  readonly #options: Omit<RunOptions, 'isTty'>
  #live: Run | undefined
  /** Who attached before the start. */
  readonly #awaitingStart = new Set<LiveOutput>()

  constructor(folder: string, options: Omit<RunOptions, 'isTty'>) {
    this.#folder = folder
    this.#options = options
  }

  /** A new run, whose files the shim is to write to. */
  begin(isTty: boolean): Run {
    const run = this.#open((this.#numbers().at(-1) ?? 0) + 1, isTty)
    run.begin()
    return this.#begun(run)
  }

  /** The run that was going on when the daemon was last here. */
  resume(isTty: boolean): Run {
    const run = this.#open(this.#numbers().at(-1) ?? 1, isTty)
    run.follow()
    return this.#begun(run)
  }

  end(): void {
    this.#live?.seal()
    this.#live = undefined
    this.#announce(undefined)
  }

  detach(): void {
    this.#live?.detach()
    this.#live = undefined
    this.#announce(undefined)
  }

  async *query(query: LogQuery): AsyncGenerator<LogEntry> {
    const live = this.#live
    const ended = this.#numbers().slice(0, live === undefined ? undefined : -1)
    yield* queryLogs(
      [...ended.map((number) => this.#open(number, false)), ...(live === undefined ? [] : [live])],
      query,
    )
  }

  /** Waits for a start when the container does not run. "Now" is when this is called, however late reading begins. */
  output(signal: AbortSignal): AsyncIterable<LogEntry> {
    const output = new LiveOutput(signal)
    if (this.#live === undefined) {
      this.#awaitingStart.add(output)
      signal.addEventListener('abort', () => this.#awaitingStart.delete(output), { once: true })
    } else {
      this.#live.noteAll()
      output.begin(this.#live, this.#live.index.count)
    }
    return output
  }

  #begun(run: Run): Run {
    this.#live = run
    this.#announce(run)
    return run
  }

  #open(number: number, isTty: boolean): Run {
    return new Run(`${this.#folder}/${number}`, { isTty, ...this.#options })
  }

  #numbers(): number[] {
    try {
      return readdirSync(this.#folder)
        .map(Number)
        .toSorted((a, b) => a - b)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  #announce(run: Run | undefined): void {
    for (const output of this.#awaitingStart) output.begin(run)
    this.#awaitingStart.clear()
  }
}
