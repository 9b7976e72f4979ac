import type { Filters } from '../../../api/docker/common.ts'
import { errors } from '../../../api/errors.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, matchesPattern, mustKnowFilters } from '../filters.ts'
import { activeEndpointsOn } from './endpoints-on.ts'

/** Values of one filter are alternatives, filters together are conditions. */
export function listNetworks(engine: Engine, filters: Filters): NetworkRecord[] {
  mustKnowFilters(filters, ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'])
  const isDangling = danglingFilter(filters['dangling'])
  const type = typeFilter(filters['type'])
  const any = (name: string, test: (value: string) => boolean): boolean => {
    const values = filters[name] ?? []
    return values.length === 0 || values.some(test)
  }
  const matches = (network: NetworkRecord): boolean =>
    any('driver', (driver) => network.driver === driver) &&
    any('id', (pattern) => matchesPattern('id', network.id, pattern)) &&
    any('name', (pattern) => matchesPattern('name', network.name, pattern)) &&
    any('scope', (scope) => scope === 'local') &&
    matchesLabels(network.labels, filters['label']) &&
    (type === undefined || network.isPredefined === (type === 'builtin')) &&
    (isDangling === undefined ||
      isDangling === (!network.isPredefined && activeEndpointsOn(engine, network).length === 0))
  return engine.store.networks.values().filter(matches)
}

function danglingFilter(values: string[] = []): boolean | undefined {
  if (values.length === 0) return undefined
  const meanings = new Set(
    values.map((value) => (['true', '1'].includes(value) ? true : ['false', '0'].includes(value) ? false : undefined)),
  )
  if (meanings.has(undefined))
    throw errors.invalidParameter('invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")')
  return meanings.size === 2 ? undefined : meanings.has(true)
}

function typeFilter(values: string[] = []): 'custom' | 'builtin' | undefined {
  const unknown = values.find((value) => value !== 'custom' && value !== 'builtin')
  if (unknown !== undefined) throw errors.invalidParameter(`invalid filter: 'type'='${unknown}'`)
  return values.length === 1 ? (values[0] as 'custom' | 'builtin') : undefined
}
