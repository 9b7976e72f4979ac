import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

export function publishVolumeEvent(
  { events }: Pick<Engine, 'events'>,
  name: string,
  action: 'create' | 'destroy',
): void {
  events.publish({ Type: 'volume', Action: action, Actor: { ID: name, Attributes: { driver: 'local' } } })
}

/** One for each volume of a container that starts or has ended, with dockerd's attributes. */
export function publishMountEvents(
  { events }: Pick<Engine, 'events'>,
  { id, mounts }: ContainerRecord,
  action: 'mount' | 'unmount',
): void {
  for (const mount of mounts) {
    if (mount.type !== 'volume') continue
    const place: Record<string, string> =
      action === 'mount' ? { destination: mount.target, propagation: '', 'read/write': String(!mount.isReadOnly) } : {}
    events.publish({
      Type: 'volume',
      Action: action,
      Actor: { ID: mount.source, Attributes: { driver: 'local', container: id, ...place } },
    })
  }
}
