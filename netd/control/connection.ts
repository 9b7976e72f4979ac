/** netd's end of the control socket. It does not keep netd alive while nothing is asked. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Guard, type GuardLog } from '../guard.ts'
import { readLines, type Request, type Response, type Results } from '../dataplane/protocol.ts'

/** The data plane said no; its message is the reason, to be put into a sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** A process that says nothing for this long is stopped or stuck: requests take milliseconds. */
const answerMs = 15_000

interface Waiting {
  resolve: (result: never) => void
  reject: (error: Error) => void
  deadline: NodeJS.Timeout
}

export class Connection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #isEnding = false

  private constructor(socket: Socket, log: GuardLog) {
    this.#socket = socket
    const guard = new Guard({ what: 'control connection to the data plane', log, end: () => socket.destroy() })
    guard.errorsOf(socket)
    const receive = readLines((line) => this.#receive(JSON.parse(line) as Response))
    socket.on('data', guard.listener(receive))
    socket.unref()
    socket.once('close', () => {
      for (const { reject, deadline } of this.#waiting.values()) {
        clearTimeout(deadline)
        reject(new Error('the data plane ended before it answered'))
      }
      this.#waiting.clear()
    })
  }

  /** Undefined when no data plane listens there. */
  static async open(path: string, log: GuardLog): Promise<Connection | undefined> {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
      throw error
    }
    return new Connection(socket, log)
  }

  /** Throws Refusal; any other error means that the connection is over, and that nobody knows what became of the request. */
  request<const R extends Request>(request: R, deadlineMs = answerMs): Promise<Results[R['do']]> {
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<Results[R['do']]>()
    if (this.#socket.destroyed) return Promise.reject(new Error('the data plane ended'))
    const deadline = setTimeout(() => this.#socket.destroy(), deadlineMs)
    this.#waiting.set(id, { resolve, reject, deadline })
    this.#socket.ref()
    this.#socket.write(`${JSON.stringify({ ...request, id })}\n`)
    return promise
  }

  get isOver(): boolean {
    return this.#socket.destroyed
  }

  /** Not for an end that was asked for. */
  onLost(listener: () => void): void {
    this.#socket.once('close', () => this.#isEnding || listener())
  }

  close(): void {
    this.#isEnding = true
    this.#socket.destroy()
  }

  /** Ends the process, too. */
  async end(): Promise<void> {
    this.#isEnding = true
    // Not events.once, which rejects with `error`, and nobody awaits it while the request does.
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    await this.request({ do: 'end' })
    this.#socket.ref()
    await closed
  }

  #receive(response: Response): void {
    const waiting = this.#waiting.get(response.id)
    if (waiting === undefined) return
    this.#waiting.delete(response.id)
    clearTimeout(waiting.deadline)
    if (this.#waiting.size === 0) this.#socket.unref()
    if ('error' in response) waiting.reject(new Refusal(response.error))
    else waiting.resolve(response.result as never)
  }
}
