import type { Engine } from '../engine.ts'

export function publishImageEvent(
  engine: Pick<Engine, 'events'>,
  id: string,
  action: 'load' | 'import' | 'tag' | 'untag' | 'delete',
  name: string,
): void {
  engine.events.publish({ Type: 'image', Action: action, Actor: { ID: id, Attributes: { name } } })
}
