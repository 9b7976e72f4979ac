import type { Filters } from '../../../api/docker/common.ts'
import { anonymousLabel, type PruneVolumesResponse } from '../../../api/docker/volumes.ts'
import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, mustKnowFilters } from '../filters.ts'
import { mountpoint } from './paths.ts'
import { removeVolume } from './remove-volume.ts'
import { sizeOf } from './usage.ts'
import { usersOf } from './users-of.ts'

/** What no container has; since API 1.42 anonymous ones only, unless the filter `all` says otherwise. */
export async function pruneVolumes(
  engine: Engine,
  filters: Filters,
  { isNamedIncluded }: { isNamedIncluded: boolean },
): Promise<PruneVolumesResponse> {
  mustKnowFilters(filters, ['all', 'label', 'label!'])
  const isAll = isNamedIncluded || allFilter(filters['all'])
  const deleted: string[] = []
  let reclaimed = 0
  for (const { name, labels, options } of engine.store.volumes.values()) {
    if (!isAll && labels?.[anonymousLabel] === undefined) continue
    if (
      !matchesLabels(labels, filters['label']) ||
      (filters['label!'] ?? []).some((label) => matchesLabels(labels, [label]))
    )
      continue
    if (usersOf(engine, name).length > 0) continue
    // The files of a volume with options are not its own, and stay.
    const size = options === null ? await sizeOf(mountpoint(engine.config, name)) : 0
    try {
      await removeVolume(engine, name, { isForced: true })
    } catch (error) {
      engine.log.warn(`volume ${name} was not pruned: ${(error as Error).message}`)
      continue
    }
    deleted.push(name)
    reclaimed += size
  }
  engine.events.publish({
    Type: 'volume',
    Action: 'prune',
    Actor: { ID: '', Attributes: { reclaimed: String(reclaimed) } },
  })
  return { VolumesDeleted: deleted, SpaceReclaimed: reclaimed }
}

function allFilter(values: string[] = []): boolean {
  const bad = values.find((value) => !/^(1|t|true|0|f|false)$/i.test(value))
  if (bad !== undefined) throw errors.invalidParameter(`Invalid filter 'all=[${values.join(' ')}]'`)
  return values.some((value) => /^(1|t|true)$/i.test(value))
}
