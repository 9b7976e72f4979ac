import type { Engine } from '../engine.ts'

/** As dockerd tells it, with what can change at run time as attributes. */
export function publishReload({ config, events }: Pick<Engine, 'config' | 'events'>): void {
  publish(events, config, 'reload', {
    debug: String(config.logLevel === 'debug'),
    labels: JSON.stringify(config.labels),
  })
}

/** Ours: what somebody has broken of the daemon's own, and is whole again. A network's is an event of the network. */
export function publishRepair(
  { config, events }: Pick<Engine, 'config' | 'events'>,
  attributes: { path: string } | { sysctl: string } | { table: string },
): void {
  publish(events, config, 'repair', attributes)
}

function publish(
  events: Engine['events'],
  { daemonId }: Engine['config'],
  action: string,
  attributes: Record<string, string>,
): void {
  events.publish({ Type: 'daemon', Action: action, Actor: { ID: daemonId, Attributes: attributes } })
}
