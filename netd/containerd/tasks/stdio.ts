/** The FIFOs between netd and a shim. The shim opens what is there, so they are made before it is asked. */
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { ioFolder, stdinPath, type Roots } from '../../config/layout.ts'
import { Guard } from '../../guard.ts'
import type { ExecIo, Log } from '../launcher.ts'

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
  #stdin: StdinFifo | undefined
  readonly #outputs: number[] = []
  readonly #guard: Guard

  constructor(folder: string, options: { hasStdin: boolean; isTty: boolean; makeFifo: MakeFifo; log: Log }) {
    this.#folder = folder
    this.#guard = new Guard({ what: `the output of an exec (${folder})`, log: options.log })
    this.paths = {
      stdin: options.hasStdin ? `${folder}/stdin` : '',
      stdout: `${folder}/stdout`,
      stderr: options.isTty ? '' : `${folder}/stderr`,
    }
    try {
      this.#make(options.makeFifo)
    } catch (error) {
      this.discard()
      throw error
    }
  }

  #make(makeFifo: MakeFifo): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    if (this.paths.stdin !== '') this.#stdin = StdinFifo.makeAt(this.paths.stdin, makeFifo)
    // Opened before the shim writes and read after it has opened its end: before that, a read would say "end".
    for (const path of [this.paths.stdout, this.paths.stderr].filter(Boolean)) {
      makeFifo(path)
      this.#outputs.push(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
    }
  }

  /** Once the process is started. The names may go then: both sides have theirs open. */
  open(): ExecIo {
    const stdin = this.#stdin?.open()
    // From here on they are the sockets' to close.
    const [stdout, stderr] = this.#outputs.splice(0).map((fd) => {
      const socket = new Socket({ fd, readable: true, writable: false })
      this.#guard.errorsOf(socket)
      return socket
    })
    rmSync(this.#folder, { recursive: true, force: true })
    return { stdin, stdout: stdout as Socket, stderr: stderr ?? Readable.from([]) }
  }

  /** When nothing was started. */
  discard(): void {
    for (const fd of this.#outputs.splice(0)) closeSync(fd)
    this.#stdin?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
