/**
 * The files that others find the daemon and its processes by, in /run or wherever they are to be: who empties that folder
 * must not have to restart anything. They are looked for, because inotify(7) tells neither of a file system mounted over a
 * folder nor of one that is unmounted.
 */
import { Guard } from '../../guard.ts'
import type { Engine } from '../engine.ts'
import { publishRepair } from './daemon-event.ts'

/** A handful of stat(2), and what is gone is back within a second. */
const intervalMs = 500

/** Makes again what is gone; resolves with its paths. */
export type Mend = () => string[] | Promise<string[]>

/** Call the result to end it. */
export function keepFiles(engine: Pick<Engine, 'config' | 'events' | 'log'>, mends: Mend[]): () => void {
  const { log } = engine
  const keep = async (mend: Mend): Promise<void> => {
    for (const path of await mend()) {
      log.warn(`${path} was gone: it is made again`)
      publishRepair(engine, { path })
    }
  }
  const timers = mends.map((mend) => {
    const guard = new Guard({ what: 'files that were deleted cannot be made again', log })
    let isBusy = false
    const look = async (): Promise<void> => {
      if (isBusy) return
      isBusy = true
      try {
        await keep(mend)
      } finally {
        isBusy = false
      }
    }
    return setInterval(guard.listener(look), intervalMs).unref()
  })
  return () => timers.forEach((timer) => clearInterval(timer))
}
