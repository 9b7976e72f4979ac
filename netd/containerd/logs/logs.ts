/** The logs of all containers, by their ids. */
import { readdirSync, rmSync } from 'node:fs'
import { containerFiles, containersFolder, type Roots } from '../../config/layout.ts'
import type { Log, LogEntry, LogQuery, Logs } from '../launcher.ts'
import { ContainerLog } from './container-log.ts'

export class FileLogs implements Logs {
  readonly #roots: Roots
  readonly #options: { now: () => Date; log: Log }
  readonly #known = new Map<string, ContainerLog>()

  constructor(roots: Roots, options: { now: () => Date; log: Log }) {
    this.#roots = roots
    this.#options = options
  }

  of(id: string): ContainerLog {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const log = new ContainerLog(containerFiles(this.#roots, id).log, this.#options)
    this.#known.set(id, log)
    return log
  }

  read(id: string, query: LogQuery): AsyncIterable<LogEntry> {
    return this.of(id).query(query)
  }

  output(id: string, signal: AbortSignal): AsyncIterable<LogEntry> {
    return this.of(id).output(signal)
  }

  ids(): string[] {
    return readdirSync(containersFolder(this.#roots))
  }

  remove(id: string): void {
    this.of(id).end()
    rmSync(containerFiles(this.#roots, id).folder, { recursive: true, force: true })
    this.#known.delete(id)
  }

  close(): void {
    for (const log of this.#known.values()) log.detach()
  }
}
