import type { Engine } from '../engine.ts'

/** As dockerd tells it, with what can change at run time as attributes. */
export function publishReload({ config, events }: Pick<Engine, 'config' | 'events'>): void {
  events.publish({
    Type: 'daemon',
    Action: 'reload',
    Actor: {
      ID: config.daemonId,
      Attributes: { debug: String(config.logLevel === 'debug'), labels: JSON.stringify(config.labels) },
    },
  })
}
