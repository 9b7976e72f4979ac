/**
 * The output of one run of a container, from start to exit. The shim appends to two plain files itself, so a container
 * neither waits for netd nor loses a line when netd is gone; netd only notes when which bytes came.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import type { Log } from '../launcher.ts'
import { IndexFile, lengthLimit, type IndexRecord, type Stream } from './index-file.ts'
import { watchFile } from './watch-file.ts'

const streams: readonly Stream[] = ['stdout', 'stderr']

interface Files {
  index: IndexFile
  fds: Record<Stream, number>
  /** How far each stream is noted. */
  indexed: Record<Stream, number>
}

export interface RunOptions {
  isTty: boolean
  now: () => Date
  log: Log
}

export class Run {
  readonly paths: Record<Stream, string>
  readonly isTty: boolean
  readonly #folder: string
  readonly #options: RunOptions
  #files: Files | undefined
  readonly #waiting = new Set<() => void>()
  #watchers: { close(): void }[] = []
  #readers = 0
  #isLive = false

  /** What is in the folder, or will be. */
  constructor(folder: string, options: RunOptions) {
    this.#folder = folder
    this.paths = { stdout: `${folder}/stdout`, stderr: `${folder}/stderr` }
    this.isTty = options.isTty
    this.#options = options
  }

  get index(): IndexFile {
    return this.#open().index
  }

  get isLive(): boolean {
    return this.#isLive
  }

  /** A run that begins: its files are made. Nothing of it stays when they cannot be. */
  begin(): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o710 })
      for (const stream of streams) closeSync(openSync(this.paths[stream], 'a', 0o640))
      this.follow()
    } catch (error) {
      this.detach()
      rmSync(this.#folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Notes output from now on, and at once what came while nobody looked. */
  follow(): void {
    this.#open()
    this.#isLive = true
    const { log } = this.#options
    // The order of the two streams is the order in which the kernel tells of them.
    this.#watchers = streams.map((stream) => watchFile(this.paths[stream], { onChange: () => this.#note(stream), log }))
    this.noteAll()
  }

  /** Nothing more will come: the rest is noted, and readers end. */
  seal(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
    try {
      this.noteAll()
    } catch (error) {
      this.#options.log.warn(`the end of a log is not noted: ${(error as Error).message}`, { folder: this.#folder })
    }
    this.#isLive = false
    this.#wake()
    this.#closeWhenIdle()
  }

  /** For a daemon that ends while the container goes on. */
  detach(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
    this.#isLive = false
    this.#wake()
    this.#closeWhenIdle()
  }

  noteAll(): void {
    for (const stream of streams) this.#note(stream)
  }

  read({ stream, offset, length }: IndexRecord): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    return bytes.subarray(0, readSync(this.#open().fds[stream], bytes, 0, length, offset))
  }

  /** Resolves when more has come, when the run has ended, or when the signal fires. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.#isLive) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  /** Keeps the files open until the matching release. A container that restarts often has many runs, so they are opened one at a time. */
  retain(): void {
    this.#readers += 1
  }

  release(): void {
    this.#readers -= 1
    this.#closeWhenIdle()
  }

  #note(stream: Stream): void {
    const { index, fds, indexed } = this.#open()
    const size = fstatSync(fds[stream]).size
    const timeMs = this.#options.now().getTime()
    let offset = indexed[stream]
    if (size <= offset) return
    for (; offset < size; offset += lengthLimit)
      index.append({ timeMs, stream, offset, length: Math.min(lengthLimit, size - offset) })
    indexed[stream] = size
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  #closeWhenIdle(): void {
    if (this.#files === undefined || this.#isLive || this.#readers > 0) return
    for (const stream of streams) closeSync(this.#files.fds[stream])
    this.#files.index.close()
    this.#files = undefined
  }

  #open(): Files {
    if (this.#files !== undefined) return this.#files
    const stdout = openSync(this.paths.stdout, 'r')
    try {
      const stderr = openSync(this.paths.stderr, 'r')
      try {
        const index = new IndexFile(`${this.#folder}/index`)
        const indexed = { stdout: index.end('stdout'), stderr: index.end('stderr') }
        this.#files = { index, fds: { stdout, stderr }, indexed }
        return this.#files
      } catch (error) {
        closeSync(stderr)
        throw error
      }
    } catch (error) {
      closeSync(stdout)
      throw error
    }
  }
}
