import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** With image, name and labels as attributes, as dockerd tells every container event. */
export function publishContainerEvent(
  engine: Pick<Engine, 'events'>,
  container: ContainerRecord,
  action: string,
  attributes: Record<string, string> = {},
): void {
  engine.events.publish({
    Type: 'container',
    Action: action,
    Actor: {
      ID: container.id,
      Attributes: { ...container.options.labels, image: container.imageReference, name: container.name, ...attributes },
    },
  })
}
