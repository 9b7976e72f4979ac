/** SIGHUP tells the daemon to read its configuration again. */
import type { Reload } from '../../config/reload.ts'
import type { Engine } from '../engine.ts'

export function reloadOnHangup(
  reload: () => Reload,
  { config, events, log }: Pick<Engine, 'config' | 'events' | 'log'>,
): void {
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
    events.publish({
      Type: 'daemon',
      Action: 'reload',
      Actor: {
        ID: config.daemonId,
        Attributes: { debug: String(config.logLevel === 'debug'), labels: JSON.stringify(config.labels) },
      },
    })
  })
}
