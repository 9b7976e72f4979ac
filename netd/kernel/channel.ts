/** One kernel thread, seen from the daemon: calls become promises, failures become KernelErrors again. */
import { Worker } from 'node:worker_threads'
import type { Calls } from './calls.ts'
import { fromPlain } from './failure.ts'
import { KernelError } from './kernel.ts'
import type { Notice, Request, Response } from './protocol.ts'

/** From source the thread's entry is beside this file; in the bundle everything is beside dist/netd.js. */
function entry(): URL {
  return import.meta.url.endsWith('.ts') ? new URL('worker.ts', import.meta.url) : new URL('kernel-worker.js', import.meta.url)
}

export class Channel {
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void; call: string }>()
  #lastId = 0
  #ended: Error | undefined

  constructor(name: string, onNotice: (notice: Notice) => void = () => {}) {
    this.#worker = new Worker(entry(), { name: `kernel-${name}` })
    this.#worker.on('message', (response: Response | Notice) => {
      if ('watch' in response) return onNotice(response)
      const waiter = this.#waiting.get(response.id)
      this.#waiting.delete(response.id)
      if ('failure' in response) waiter?.reject(fromPlain(response.failure))
      else waiter?.resolve(response.value as never)
    })
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', (code) => this.#end(new Error(`the kernel thread ${name} ended with code ${code}`)))
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject, call } of this.#waiting.values()) {
      reject(new KernelError({ operation: call, errno: 'EPIPE', description: this.#ended.message, cause: this.#ended }))
    }
    this.#waiting.clear()
  }

  call<Name extends keyof Calls>(call: Name, ...values: Parameters<Calls[Name]>): Promise<Awaited<ReturnType<Calls[Name]>>> {
    if (this.#ended !== undefined) return Promise.reject(new KernelError({ operation: call, errno: 'EPIPE', description: this.#ended.message }))
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Calls[Name]>>>()
    const id = ++this.#lastId
    this.#waiting.set(id, { resolve, reject, call })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window.
    this.#worker.postMessage({ id, call, values } satisfies Request)
    return promise
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
