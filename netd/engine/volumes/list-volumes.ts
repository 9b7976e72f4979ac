import type { Filters } from '../../../api/docker/common.ts'
import type { ListVolumesResponse } from '../../../api/docker/volumes.ts'
import { errors } from '../../../api/errors.ts'
import type { VolumeRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, mustKnowFilters } from '../filters.ts'
import { describeVolume } from './describe-volume.ts'
import { usersOf } from './users-of.ts'

/** Values of one filter are alternatives, filters together are conditions; `label` is all conditions. */
export function listVolumes(engine: Engine, filters: Filters): ListVolumesResponse {
  mustKnowFilters(filters, ['dangling', 'driver', 'label', 'name'])
  const isDangling = danglingFilter(filters['dangling'])
  const any = (name: string, test: (value: string) => boolean): boolean =>
    !filters[name]?.length || filters[name].some(test)
  const matches = ({ name, labels }: VolumeRecord): boolean =>
    any('name', (part) => name.includes(part)) &&
    any('driver', (driver) => driver === 'local') &&
    matchesLabels(labels, filters['label']) &&
    (isDangling === undefined || isDangling === (usersOf(engine, name).length === 0))
  return {
    Volumes: engine.store.volumes
      .values()
      .filter(matches)
      .map((volume) => describeVolume(engine, volume)),
    Warnings: null,
  }
}

function danglingFilter(values: string[] = []): boolean | undefined {
  if (values.length === 0) return undefined
  if (values.every((value) => ['true', '1'].includes(value))) return true
  if (values.every((value) => ['false', '0'].includes(value))) return false
  throw errors.invalidParameter(`Invalid filter 'dangling=[${values.join(' ')}]'`)
}
