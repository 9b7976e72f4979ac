/** SIGHUP tells the daemon to read its configuration again. */
import type { Reload } from '../config/reload.ts'
import type { Log } from './log.ts'

interface HangupOptions {
  /** Throws with nothing changed. */
  reload: () => Reload
  log: Log
  /** Called after each time that the configuration was read, whether it differs or not. */
  onReloaded: () => void
}

export function reloadOnHangup({ reload, log, onReloaded }: HangupOptions): void {
  process.on('SIGHUP', () => {
    let outcome: Reload
    try {
      outcome = reload()
    } catch (error) {
      return log.error(`the configuration stays as it is: ${(error as Error).message}`)
    }
    const { changed, postponed } = outcome
    log.info(`configuration read again: ${changed.length === 0 ? 'nothing changes' : `${changed.join(', ')} changed`}`)
    if (postponed.length > 0) log.warn(`these settings change with the next start of netd: ${postponed.join(', ')}`)
    onReloaded()
  })
}
