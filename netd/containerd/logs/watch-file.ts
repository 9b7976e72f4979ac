/** Tells of changes of a file. The kernel may have no watch left (inotify(7), its limits); then the file is looked at now and then. */
import { watch, type FSWatcher } from 'node:fs'
import { Guard, type GuardLog } from '../../guard.ts'

const lookEveryMs = 250

export function watchFile(path: string, { onChange, log }: { onChange: () => void; log: GuardLog }): { close(): void } {
  const changed = new Guard({ what: `the log ${path}`, log }).listener(onChange)
  let watcher: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const lookInstead = (error: Error): void => {
    watcher?.close()
    if (isClosed || timer !== undefined) return
    log.warn(`the log ${path} cannot be watched and is looked at every ${lookEveryMs} ms instead: ${error.message}`)
    timer = setInterval(changed, lookEveryMs).unref()
  }
  try {
    watcher = watch(path, changed)
    watcher.on('error', lookInstead)
  } catch (error) {
    lookInstead(error as Error)
  }
  return {
    close() {
      isClosed = true
      watcher?.close()
      clearInterval(timer)
    },
  }
}
