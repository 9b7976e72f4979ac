import type { Filters } from '../../../api/docker/common.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, mustKnowFilters, parseTime } from '../filters.ts'
import { isActive } from '../life/status.ts'
import { removeContainer } from './remove.ts'

/** Everything that does not run; one that somebody starts or removes meanwhile is left alone. */
export async function pruneContainers(
  engine: Engine,
  filters: Filters,
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
  mustKnowFilters(filters, ['label', 'label!', 'until'])
  const until = parseTime(filters['until']?.[0], engine.now())
  const deleted: string[] = []
  for (const container of engine.store.containers.values()) {
    const { options, createdAt } = container
    if (isActive(container)) continue
    if (
      !matchesLabels(options.labels, filters['label']) ||
      (filters['label!'] ?? []).some((label) => matchesLabels(options.labels, [label]))
    )
      continue
    if (until !== undefined && Date.parse(createdAt) > until.getTime()) continue
    try {
      await removeContainer(engine, container.id, { isForced: false })
      deleted.push(container.id)
    } catch (error) {
      engine.log.warn(`container ${container.name} was not pruned: ${(error as Error).message}`)
    }
  }
  return { ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: 0 }
}
