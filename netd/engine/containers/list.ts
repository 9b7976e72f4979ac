import type { Filters } from '../../../api/docker/common.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isActive } from '../life/status.ts'
import { containerFilter } from './container-filter.ts'

export interface ListOptions {
  isAll: boolean
  /** The newest so many, whatever their state; 0 for no limit. */
  limit: number
  withSize: boolean
  filters: Filters
}

export interface ListedContainer {
  container: ContainerRecord
  /** Of its image, when sizes were asked for. */
  rootBytes: number | undefined
}

/** Newest first. */
export async function listContainers(
  engine: Engine,
  { isAll, limit, withSize, filters }: ListOptions,
): Promise<ListedContainer[]> {
  const matches = await containerFilter(engine, filters)
  const hasStateFilter = ['status', 'exited'].some((name) => (filters[name]?.length ?? 0) > 0)
  const chosen = engine.store.containers
    .values()
    .toReversed()
    .filter((container) => (isAll || limit > 0 || hasStateFilter || isActive(container)) && matches(container))
    .slice(0, limit > 0 ? limit : undefined)
  const sizes = new Map(withSize ? (await engine.launcher.images.list()).map(({ Id, Size }) => [Id, Size]) : [])
  return chosen.map((container) => ({ container, rootBytes: sizes.get(container.imageId) }))
}
