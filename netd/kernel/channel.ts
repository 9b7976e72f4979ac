/** One kernel thread, seen from the daemon: calls become promises, failures become KernelErrors again. */
import { Worker } from 'node:worker_threads'
import type { Calls } from './calls.ts'
import { fromPlain } from './failure.ts'
import { KernelError } from './kernel.ts'
import type { Notice, Request, Response } from './protocol.ts'

/** From source the thread's entry is beside this file; in the bundle everything is beside dist/netd.js. */
function entry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('worker.ts', import.meta.url)
    : new URL('kernel-worker.js', import.meta.url)
}

export interface ChannelOptions {
  onNotice?: (notice: Notice) => void
  /** The thread died and another one is in its place. What was asked of the dead one has been rejected. */
  onRestart?: () => void
}

export class Channel {
  readonly #name: string
  readonly #options: ChannelOptions
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void; call: string }
  >()
  #worker: Worker
  #lastId = 0
  /** Why no call can be answered any more. */
  #ended: Error | undefined

  constructor(name: string, options: ChannelOptions = {}) {
    this.#name = name
    this.#options = options
    this.#worker = this.#open()
  }

  #open(): Worker {
    const worker = new Worker(entry(), { name: `kernel-${this.#name}` })
    let hasAnswered = false
    let reason: Error | undefined
    worker.on('message', (response: Response | Notice) => {
      hasAnswered = true
      if ('watch' in response) return this.#options.onNotice?.(response)
      const waiter = this.#waiting.get(response.id)
      this.#waiting.delete(response.id)
      if ('failure' in response) waiter?.reject(fromPlain(response.failure))
      else waiter?.resolve(response.value as never)
    })
    worker.once('error', (error) => (reason = error))
    worker.once('exit', (code) => {
      reason ??= new Error(`it ended with code ${code}`)
      const error = new Error(`the kernel thread ${this.#name} died: ${reason.message}`, { cause: reason })
      // One that never answered would only die again.
      const isHopeless = !hasAnswered
      if (isHopeless) this.#ended ??= error
      this.#reject(error)
      if (this.#ended !== undefined) return
      this.#worker = this.#open()
      this.#options.onRestart?.()
    })
    return worker
  }

  #reject(error: Error): void {
    for (const { reject, call } of this.#waiting.values()) reject(broken(call, error))
    this.#waiting.clear()
  }

  /** Throws KernelError: the kernel's, or EPIPE when the thread died over it, and what it had done by then is not known. */
  call<Name extends keyof Calls>(
    call: Name,
    ...values: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    if (this.#ended !== undefined) return Promise.reject(broken(call, this.#ended))
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Calls[Name]>>>()
    const id = ++this.#lastId
    this.#waiting.set(id, { resolve, reject, call })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
    this.#worker.postMessage({ id, call, values } satisfies Request)
    return promise
  }

  async close(): Promise<void> {
    this.#ended ??= new Error(`the kernel thread ${this.#name} was closed`)
    await this.#worker.terminate()
  }
}

function broken(call: string, cause: Error): KernelError {
  return new KernelError({ operation: call, errno: 'EPIPE', description: cause.message, cause })
}
