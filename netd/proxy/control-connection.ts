/** The daemon's end of the control socket. It does not keep the daemon alive while nothing is asked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { readLines, type Request, type Response, type Results } from './protocol.ts'

/** The proxy said no; its message is the reason, to be put into a sentence. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal'
}

type Waiting = { resolve: (result: never) => void; reject: (error: Error) => void }

export class ControlConnection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #isEnding = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.unref()
    socket.on('error', () => {})
    socket.on(
      'data',
      readLines((line) => this.#receive(JSON.parse(line) as Response)),
    )
    socket.once('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the port proxy ended before it answered'))
      this.#waiting.clear()
    })
  }

  /** Undefined when no proxy runs. */
  static async open(path: string): Promise<ControlConnection | undefined> {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
      throw error
    }
    return new ControlConnection(socket)
  }

  /** A session of its own, so that no signal meant for the daemon reaches it. */
  static async start(command: string[], path: string, logPath: string): Promise<ControlConnection> {
    const log = openSync(logPath, 'a', 0o600)
    const [file, ...args] = command
    const child = spawn(file!, [...args, path], { detached: true, cwd: '/', stdio: ['ignore', 'pipe', log] })
    closeSync(log)
    const output = child.stdout as Readable
    try {
      await Promise.race([
        once(output, 'data'),
        once(output, 'end').then(() =>
          Promise.reject(new Error(`the port proxy did not start; it says why in ${logPath}`)),
        ),
      ])
    } finally {
      output.destroy()
      child.unref()
    }
    const connection = await ControlConnection.open(path)
    if (connection === undefined) throw new Error(`the port proxy does not listen on ${path}; see ${logPath}`)
    return connection
  }

  request<const R extends Request>(request: R): Promise<Results[R['do']]> {
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<Results[R['do']]>()
    if (this.#socket.destroyed) return Promise.reject(new Error('the port proxy ended'))
    this.#waiting.set(id, { resolve, reject })
    this.#socket.ref()
    this.#socket.write(`${JSON.stringify({ ...request, id })}\n`)
    return promise
  }

  onLost(listener: () => void): void {
    this.#socket.once('close', () => this.#isEnding || listener())
  }

  /** Ends the process, too. */
  async end(): Promise<void> {
    this.#isEnding = true
    const closed = once(this.#socket, 'close')
    await this.request({ do: 'shutdown' })
    this.#socket.ref()
    await closed
  }

  #receive(response: Response): void {
    const waiting = this.#waiting.get(response.id)
    this.#waiting.delete(response.id)
    if (this.#waiting.size === 0) this.#socket.unref()
    if ('error' in response) waiting?.reject(new ProxyRefusal(response.error))
    else waiting?.resolve(response.result as never)
  }
}
