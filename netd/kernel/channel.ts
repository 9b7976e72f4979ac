/**
 * One kernel thread, seen from the daemon: calls become promises, failures become KernelErrors again. The thread is started
 * when it is needed and ends when it has been idle for a while, because each has a JavaScript heap of its own (8 MB).
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Calls } from './calls.ts'
import { fromPlain } from './failure.ts'
import { KernelError } from './kernel.ts'
import { end, type Discarded, type LastWords, type Request, type Response } from './protocol.ts'

/** From source the thread's entry is beside this file; in the bundle everything is beside dist/netd.js. */
function entry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('worker.ts', import.meta.url)
    : new URL('kernel-worker.js', import.meta.url)
}

/** What a thread works with is small and soon over. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 }

export class Channel {
  readonly #name: string
  readonly #idleMs: number
  readonly #discard: ((fd: number) => void) | undefined
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void; call: string }
  >()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #lastId = 0
  /** Why no call can be answered any more. */
  #ended: Error | undefined

  /** @param discard closes a netfilter socket elsewhere; without it the thread has the time to do it itself. */
  constructor(name: string, { idleMs = 5_000, discard }: { idleMs?: number; discard?: (fd: number) => void } = {}) {
    this.#name = name
    this.#idleMs = idleMs
    this.#discard = discard
  }

  /** Starts the thread, if it is not there, for somebody who will want it in a moment: that takes about 50 ms. */
  wake(): void {
    if (this.#ended !== undefined) return
    this.#worker ??= this.#open()
    this.#rest()
  }

  #open(): Worker {
    const workerData = this.#discard === undefined ? 'hasTime' : undefined
    const worker = new Worker(entry(), { name: `kernel-${this.#name}`, resourceLimits, workerData })
    let reason: Error | undefined
    worker.on('message', (message: Response | Discarded | LastWords) => {
      if ('discarded' in message) return this.#discard?.(message.discarded)
      if ('stranded' in message) {
        reason = new Error(message.stranded)
        return
      }
      const waiter = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if ('failure' in message) waiter?.reject(fromPlain(message.failure))
      else waiter?.resolve(message.value as never)
      if (this.#waiting.size === 0) this.#rest()
    })
    worker.once('error', (error) => (reason = error))
    worker.once('exit', (code) => {
      // One that was sent home had nothing to do.
      if (this.#worker !== worker) return
      this.#worker = undefined
      reason ??= new Error(`it ended with code ${code}`)
      const error = new Error(`the kernel thread ${this.#name} died: ${reason.message}`, { cause: reason })
      for (const { reject, call } of this.#waiting.values()) reject(broken(call, error))
      this.#waiting.clear()
    })
    return worker
  }

  #rest(): void {
    this.#idle ??= setTimeout(() => this.#waiting.size === 0 && this.#sendHome(), this.#idleMs).unref()
    this.#idle.refresh()
  }

  #sendHome(): Worker | undefined {
    const worker = this.#worker
    this.#worker = undefined
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
    worker?.postMessage(end)
    return worker
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
    this.#worker ??= this.#open()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
    this.#worker.postMessage({ id, call, values } satisfies Request)
    return promise
  }

  async close(): Promise<void> {
    this.#ended ??= new Error(`the kernel thread ${this.#name} was closed`)
    clearTimeout(this.#idle)
    for (const { reject, call } of this.#waiting.values()) reject(broken(call, this.#ended))
    this.#waiting.clear()
    const worker = this.#sendHome()
    if (worker !== undefined) await once(worker, 'exit')
  }
}

function broken(call: string, cause: Error): KernelError {
  return new KernelError({ operation: call, errno: 'EPIPE', description: cause.message, cause })
}
