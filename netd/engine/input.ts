/** A process's standard input as a Writable whose steps are async functions, at the pace of the process. */
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { callbackify } from 'node:util'
import { Detached } from './detach-keys.ts'

export interface InputSteps {
  /** Undefined when there is no process to read it. What is sent to one that does not read any more is dropped. */
  open: () => Promise<Writable | undefined>
  /** The client has ended its input, or died. */
  end: () => Promise<void>
}

export function processInput({ open, end }: InputSteps): Writable {
  const write = callbackify(async (chunk: Buffer): Promise<void> => {
    const sink = await open()
    if (sink === undefined || sink.destroyed || sink.write(chunk)) return
    const settled = new AbortController()
    // A reader that closes its end takes no more, which is no failure of who writes: the rest is dropped.
    await Promise.race([once(sink, 'drain', settled), once(sink, 'close', settled)]).catch(() => {})
    settled.abort()
  })
  const final = callbackify(end)
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => write(chunk, (error) => done(error)),
    final: (done) => final((error) => done(error)),
    destroy(error, done) {
      // A client that died takes its input along; one that detached leaves it open for the next.
      if (error === null || error instanceof Detached) done(null)
      else final(() => done(null))
    },
  })
}
