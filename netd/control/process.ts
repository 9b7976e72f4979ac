/** The data plane's process: found by socket and pid file, or started; one of another build is replaced. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { dataPlaneFiles, formerProxySocket } from '../config/layout.ts'
import type { GuardLog } from '../guard.ts'
import { build } from '../dataplane/build.ts'
import { processName } from '../dataplane/protocol.ts'
import { Connection } from './connection.ts'
import { endFormerProxy } from './former-proxy.ts'

/** Of the command line of the process, whether it is a bundle or source. */
const program = /\/dataplane(\.js|\/main\.ts)$/

/** One that does not even greet is stopped or stuck. */
const greetingMs = 5_000

interface Started {
  connection: Connection
  socketPath: string
  pid: number
}

export class DataPlaneProcess {
  readonly #files: ReturnType<typeof dataPlaneFiles>
  readonly #formerProxy: string
  readonly #command: string[]
  readonly #readyMs: number
  readonly #log: GuardLog

  /**
   * @param options.command the program, without its argument; it binds ports in the namespace it is started in.
   * @param options.readyMs how long it may take until it listens.
   */
  constructor(execRoot: string, log: GuardLog, { command, readyMs }: { command: string[]; readyMs: number }) {
    this.#files = dataPlaneFiles({ execRoot })
    this.#formerProxy = formerProxySocket({ execRoot })
    this.#command = command
    this.#readyMs = readyMs
    this.#log = log
  }

  /** One that runs and is of our build, or a new one in its place. */
  async obtain(): Promise<Connection> {
    const present = await this.find()
    if (present !== undefined && (await isOurBuild(present))) return present
    let next: Started | undefined
    try {
      await endFormerProxy(this.#formerProxy)
      next = await this.#start()
      if (present !== undefined) await this.#retire(present, next.pid)
      await this.#name(next.socketPath, next.pid)
      return next.connection
    } catch (error) {
      // One that nobody speaks to, and that holds nothing, ends.
      next?.connection.close()
      throw error
    } finally {
      present?.close()
    }
  }

  /** The next netd finds it by its files, which somebody who empties /run takes away. Resolves with those that were gone. */
  async keepFindable(connection: Connection): Promise<string[]> {
    const lost = [this.#files.socket, this.#files.pid].filter((path) => !existsSync(path))
    if (lost.length === 0) return []
    const path = this.#newSocketPath()
    const { pid } = await connection.request({ do: 'listen', path })
    await this.#name(path, pid)
    return lost
  }

  async #name(socketPath: string, pid: number): Promise<void> {
    await rename(socketPath, this.#files.socket)
    await writeFile(this.#files.pid, String(pid), { mode: 0o600 })
  }

  /** One that nobody knows yet. */
  #newSocketPath(): string {
    mkdirSync(dirname(this.#files.socket), { recursive: true, mode: 0o711 })
    return `${this.#files.socket}.${randomBytes(4).toString('hex')}`
  }

  /** Undefined when none runs. One that has lost its socket, or does not answer on it, is ended. */
  async find(): Promise<Connection | undefined> {
    const connection = await Connection.open(this.#files.socket, this.#log)
    if (connection === undefined) await this.kill()
    return connection
  }

  /**
   * By force, if it is there; it is nobody's loss that waits for an answer. Looked for in the process table, because one
   * whose files were taken away while no netd ran would hold its ports for ever.
   * @param successor goes on.
   */
  async kill(successor?: number): Promise<void> {
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry) || Number(entry) === successor || !this.#isServing(entry)) continue
      try {
        process.kill(Number(entry), 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
    await this.forget()
  }

  /** Ours, by the socket it was started with: each exec root has its own, and the containers of this host may have netds, too. */
  #isServing(pid: string): boolean {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return (
        words.some((word) => program.test(word)) &&
        words.some((word) => word.startsWith(`${this.#files.socket}.`)) &&
        readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid') &&
        readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd() !== processName.retired
      )
    } catch {
      return false
    }
  }

  /** What names it, once it has ended. */
  async forget(): Promise<void> {
    await Promise.all([rm(this.#files.socket, { force: true }), rm(this.#files.pid, { force: true })])
  }

  /** A session of its own, so that no signal meant for netd reaches it. */
  async #start(): Promise<Started> {
    const socketPath = this.#newSocketPath()
    const log = openSync(this.#files.log, 'a', 0o600)
    const [file, ...args] = this.#command
    const child = spawn(file!, [...args, socketPath], { detached: true, cwd: '/', stdio: ['ignore', 'pipe', log] })
    closeSync(log)
    const failed = once(child, 'error').then(([error]: unknown[]) => Promise.reject(error as Error))
    const output = child.stdout as Readable
    output.on('error', () => {})
    let deadline: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`the data plane did not start within ${this.#readyMs / 1000} s; see ${this.#files.log}`)
      deadline = setTimeout(reject, this.#readyMs, error)
    })
    try {
      await Promise.race([
        failed,
        late,
        once(output, 'data'),
        once(output, 'end').then(() =>
          Promise.reject(new Error(`the data plane did not start; it says why in ${this.#files.log}`)),
        ),
      ])
      const connection = await Connection.open(socketPath, this.#log)
      if (connection === undefined)
        throw new Error(`the data plane does not listen on ${socketPath}; see ${this.#files.log}`)
      return { connection, socketPath, pid: child.pid! }
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    } finally {
      clearTimeout(deadline)
      output.destroy()
      child.unref()
    }
  }

  /** It lets go of its sockets and ends with the connections it carries; if it cannot be talked to, at once. */
  async #retire(former: Connection, successor: number): Promise<void> {
    try {
      await former.request({ do: 'retire' })
    } catch {
      await this.kill(successor)
    }
  }
}

async function isOurBuild(connection: Connection): Promise<boolean> {
  try {
    return (await connection.request({ do: 'hello' }, greetingMs)).build === build
  } catch {
    return false
  }
}

/** One thread and a small young generation: a process that every host has must be small. */
export function dataPlaneCommand(): string[] {
  const file = extname(import.meta.url) === '.ts' ? '../dataplane/main.ts' : './dataplane.js'
  return [
    process.execPath,
    '--disable-sigusr1',
    '--max-semi-space-size=1',
    '--v8-pool-size=1',
    fileURLToPath(new URL(file, import.meta.url)),
  ]
}
