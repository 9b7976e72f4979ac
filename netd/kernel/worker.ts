/**
 * Entry of a kernel thread. All setns and all netlink requests of the daemon happen here: they move or block the thread
 * they run on, and the main thread must stay at home and awake.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { calls } from './calls.ts'
import { toKernelError, toPlain } from './failure.ts'
import { end, type Discarded, type LastWords, type Request, type Response } from './protocol.ts'
import { endRuns } from './run.ts'
import { Thread } from './session.ts'

const port = parentPort
if (port === null) throw new Error('netd/kernel/worker.ts runs as a worker thread; open it with openKernel')

// At once, without unwinding: an undo, or whoever is next, would work in the wrong namespace.
const thread = new Thread(
  (reason) => {
    port.postMessage({ stranded: `it could not return to the daemon's namespace: ${reason}` } satisfies LastWords)
    endRuns()
    thread.close()
    return process.exit(1)
  },
  workerData === 'hasTime'
    ? undefined
    : (socket) => port.postMessage({ discarded: socket.detach() } satisfies Discarded),
)

async function answer({ id, call, values }: Request): Promise<Response> {
  try {
    const work = calls[call as keyof typeof calls] as (thread: Thread, ...values: unknown[]) => unknown
    return { id, value: await work(thread, ...values) }
  } catch (error) {
    // Of apply's own failures the operation is the step; of these it is the call with its plain arguments.
    const operation = [call, ...values.filter((value) => typeof value === 'string' || typeof value === 'number')].join(
      ' ',
    )
    return { id, failure: toPlain(toKernelError(operation, error)) }
  }
}

port.on('message', (request: Request | typeof end) => {
  if (request === end) {
    endRuns()
    thread.close()
    process.exit()
  }
  void answer(request).then((response) => port.postMessage(response))
})
