import type { Filters } from '../docker/common.ts'

/** The `filters` query parameter; none at all for no filters. */
export function filterQuery(filters: Filters | undefined): string | undefined {
  return filters === undefined || Object.keys(filters).length === 0 ? undefined : JSON.stringify(filters)
}
