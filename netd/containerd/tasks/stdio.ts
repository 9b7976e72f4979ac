/** The FIFOs between netd and a shim. The shim opens what is there, so they are made before it is asked. */
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { ioFolder, stdinPath, type Roots } from '../../config/layout.ts'
import type { ExecIo } from '../launcher.ts'

export type MakeFifo = (path: string) => void

/** The writing end of a container's standard input. The shim holds another one, so the end of netd is no end of input. */
export class StdinFifo {
  readonly path: string
  #held: number | undefined
  #socket: Socket | undefined

  private constructor(path: string) {
    this.path = path
  }

  static make(roots: Roots, id: string, makeFifo: MakeFifo): StdinFifo {
    mkdirSync(ioFolder(roots, id), { recursive: true, mode: 0o700 })
    return StdinFifo.makeAt(stdinPath(roots, id), makeFifo)
  }

  static makeAt(path: string, makeFifo: MakeFifo): StdinFifo {
    rmSync(path, { force: true })
    makeFifo(path)
    const fifo = new StdinFifo(path)
    // Until the shim reads, somebody must, or opening the writing end fails (ENXIO, fifo(7)).
    fifo.#held = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    return fifo
  }

  /** What the daemon before left; undefined when nobody reads any more, because the input has ended. */
  static adopt(roots: Roots, id: string): StdinFifo | undefined {
    const fifo = new StdinFifo(stdinPath(roots, id))
    try {
      fifo.open()
      return fifo
    } catch (error) {
      if (['ENXIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
      throw error
    }
  }

  /** Once the shim reads. */
  open(): Socket {
    this.#socket ??= new Socket({
      fd: openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW),
      readable: false,
      writable: true,
    })
    // A container that ended took its end along.
    this.#socket.on('error', () => {})
    this.#release()
    return this.#socket
  }

  get socket(): Socket | undefined {
    return this.#socket
  }

  close(): void {
    this.#release()
    this.#socket?.destroy()
  }

  #release(): void {
    if (this.#held !== undefined) closeSync(this.#held)
    this.#held = undefined
  }
}

/** The three streams of an exec. */
export class ExecStdio {
  readonly paths: { stdin: string; stdout: string; stderr: string }
  readonly #folder: string
  readonly #stdin: StdinFifo | undefined
  readonly #outputs: number[]

  constructor(folder: string, options: { hasStdin: boolean; isTty: boolean; makeFifo: MakeFifo }) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#stdin = options.hasStdin ? StdinFifo.makeAt(`${folder}/stdin`, options.makeFifo) : undefined
    this.paths = {
      stdin: this.#stdin?.path ?? '',
      stdout: `${folder}/stdout`,
      stderr: options.isTty ? '' : `${folder}/stderr`,
    }
    // Opened before the shim writes and read after it has opened its end: before that, a read would say "end".
    this.#outputs = [this.paths.stdout, this.paths.stderr].filter(Boolean).map((path) => {
      options.makeFifo(path)
      return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    })
  }

  /** Once the process is started. The names may go then: both sides have theirs open. */
  open(): ExecIo {
    const [stdout, stderr] = this.#outputs.map((fd) => new Socket({ fd, readable: true, writable: false }))
    const stdin = this.#stdin?.open()
    rmSync(this.#folder, { recursive: true, force: true })
    return { stdin, stdout: stdout as Socket, stderr: stderr ?? Readable.from([]) }
  }

  /** When nothing was started. */
  discard(): void {
    for (const fd of this.#outputs) closeSync(fd)
    this.#stdin?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
