/** The data plane's process: found by socket and pid file, or started; one of another version is replaced. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { dataPlaneFiles, formerProxySocket } from '../config/layout.ts'
import type { GuardLog } from '../guard.ts'
import { version } from '../version.ts'
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
  readonly #log: GuardLog

  /** @param command the program, without its argument; it binds ports in the namespace it is started in. */
  constructor(execRoot: string, log: GuardLog, command: string[]) {
    this.#files = dataPlaneFiles({ execRoot })
    this.#formerProxy = formerProxySocket({ execRoot })
    this.#command = command
    this.#log = log
  }

  /** One that runs and is of our version, or a new one in its place. */
  async obtain(): Promise<Connection> {
    const present = await this.find()
    if (present !== undefined && (await speaksOurVersion(present))) return present
    let next: Started | undefined
    try {
      await endFormerProxy(this.#formerProxy)
      next = await this.#start()
      if (present !== undefined) await this.#retire(present)
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

  /** The next netd finds it by its files, which somebody who empties /run takes away. */
  async keepFindable(connection: Connection): Promise<void> {
    const isFindable = await Promise.all([access(this.#files.socket), access(this.#files.pid)]).then(
      () => true,
      () => false,
    )
    if (isFindable) return
    const path = this.#newSocketPath()
    const { pid } = await connection.request({ do: 'listen', path })
    await this.#name(path, pid)
    this.#log.warn(`the data plane's socket or pid file was gone: they are there again`)
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

  /** By force, if it is there; it is nobody's loss that waits for an answer. */
  async kill(): Promise<void> {
    const pid = Number(await readFile(this.#files.pid, 'utf8').catch(() => ''))
    if (pid > 0 && (await isDataPlane(pid))) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
    await this.forget()
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
    try {
      await Promise.race([
        failed,
        once(output, 'data'),
        once(output, 'end').then(() =>
          Promise.reject(new Error(`the data plane did not start; it says why in ${this.#files.log}`)),
        ),
      ])
    } finally {
      output.destroy()
      child.unref()
    }
    const connection = await Connection.open(socketPath, this.#log)
    if (connection === undefined)
      throw new Error(`the data plane does not listen on ${socketPath}; see ${this.#files.log}`)
    return { connection, socketPath, pid: child.pid! }
  }

  /** It lets go of its sockets and ends with the connections it carries; if it cannot be talked to, at once. */
  async #retire(former: Connection): Promise<void> {
    try {
      await former.request({ do: 'retire' })
    } catch {
      await this.kill()
    }
  }
}

async function speaksOurVersion(connection: Connection): Promise<boolean> {
  try {
    return (await connection.request({ do: 'hello' }, greetingMs)).version === version
  } catch {
    return false
  }
}

/** Process ids are used again. */
async function isDataPlane(pid: number): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return commandLine.split('\0').some((argument) => program.test(argument))
}

/** One thread and a small young generation: a process that every host has must be small. */
export function dataPlaneCommand(): string[] {
  const file = extname(import.meta.url) === '.ts' ? '../dataplane/main.ts' : './dataplane.js'
  return [
    process.execPath,
    '--max-semi-space-size=1',
    '--v8-pool-size=1',
    fileURLToPath(new URL(file, import.meta.url)),
  ]
}
