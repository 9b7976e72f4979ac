/** The FIFOs between netd and a shim. The shim opens what is there, so they are made before it is asked. */
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { ExecIo } from './launcher.ts'

export type MakeFifo = (path: string) => void

/** The writing end of a container's standard input. The shim holds another one, so the end of netd is no end of input. */
export class StdinFifo {
  readonly path: string
  #held: number | undefined
  #socket: Socket | undefined

  /** Made new, or what the daemon before left. */
  constructor(path: string, makeFifo?: MakeFifo) {
    this.path = path
    if (makeFifo === undefined) return
    rmSync(path, { force: true })
    makeFifo(path)
    // Until the shim reads, somebody must, or opening the writing end fails (ENXIO, fifo(7)).
    this.#held = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  /** Once the shim reads. */
  open(): Socket {
    this.#socket ??= new Socket({
      fd: openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK),
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
    this.#stdin = options.hasStdin ? new StdinFifo(`${folder}/stdin`, options.makeFifo) : undefined
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
