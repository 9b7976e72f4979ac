import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** Attributes as dockerd gives them: name and type, and for `connect` and `disconnect` the container's id. `lost` and `repair` are ours. */
export function publishNetworkEvent(
  { events }: Pick<Engine, 'events'>,
  network: NetworkRecord,
  action: 'create' | 'connect' | 'disconnect' | 'destroy' | 'repair' | 'lost',
  attributes: { container?: string } = {},
): void {
  events.publish({
    Type: 'network',
    Action: action,
    Actor: { ID: network.id, Attributes: { ...attributes, name: network.name, type: network.driver } },
  })
}
