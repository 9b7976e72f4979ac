import type { Filters } from '../../../api/docker/common.ts'
import type { EventMessage } from '../../../api/docker/events.ts'
import { matchesLabels, mustKnowFilters } from '../filters.ts'

const known = [
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
]

/** Docker API "SystemEvents", parameter `filters`. */
export function eventFilter(filters: Filters): (event: EventMessage) => boolean {
  mustKnowFilters(filters, known)
  const any = (name: string, test: (value: string) => boolean): boolean =>
    filters[name] === undefined || filters[name].length === 0 || filters[name].some(test)
  const isActor = ({ Actor }: EventMessage, value: string): boolean =>
    Actor.ID === value || Actor.ID.startsWith(value) || Actor.Attributes['name'] === value.replace(/^\//, '')
  return (event) => {
    const { Type, Action, Actor } = event
    const isOf = (type: EventMessage['Type'], name: string): boolean =>
      filters[name] === undefined || (Type === type && any(name, (value) => isActor(event, value)))
    return (
      // `exec_start: sh -c …` is found as `exec_start`.
      any('event', (action) => Action === action || Action.startsWith(`${action}:`)) &&
      any('type', (type) => Type === type) &&
      any('scope', (scope) => scope === event.scope) &&
      isOf('container', 'container') &&
      isOf('network', 'network') &&
      isOf('volume', 'volume') &&
      isOf('daemon', 'daemon') &&
      (filters['image'] === undefined ||
        any('image', (value) => isActor(event, value) || Actor.Attributes['image'] === value)) &&
      ['config', 'node', 'plugin', 'secret', 'service'].every((name) => filters[name] === undefined) &&
      matchesLabels(Actor.Attributes, filters['label'])
    )
  }
}
