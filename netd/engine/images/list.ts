import type { Filters } from '../../../api/docker/common.ts'
import type { ImageSummary } from '../../../api/docker/images.ts'
import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, mustKnowFilters } from '../filters.ts'

export async function listImages(engine: Engine, filters: Filters): Promise<ImageSummary[]> {
  mustKnowFilters(filters, ['before', 'dangling', 'label', 'reference', 'since', 'until'])
  const images = await engine.launcher.images.list()
  const created = async (name: string): Promise<number | undefined> => {
    const reference = filters[name]?.[0]
    return reference === undefined
      ? undefined
      : Date.parse((await engine.launcher.images.inspect(reference)).Created) / 1000
  }
  const [before, since] = [await created('before'), await created('since')]
  const dangling = filters['dangling']?.[0]
  if (dangling !== undefined && !['true', 'false', '1', '0'].includes(dangling))
    throw errors.invalidParameter(`Invalid filter 'dangling=${dangling}'`)
  const patterns = (filters['reference'] ?? []).map(referencePattern)
  return images.filter(
    (image) =>
      matchesLabels(image.Labels, filters['label']) &&
      (before === undefined || image.Created < before) &&
      (since === undefined || image.Created > since) &&
      (dangling === undefined || (image.RepoTags.length === 0) === (dangling === 'true' || dangling === '1')) &&
      (patterns.length === 0 ||
        image.RepoTags.some((name) =>
          patterns.some((pattern) => pattern.test(name) || pattern.test(name.replace(/:[^:/]*$/, ''))),
        )),
  )
}

/** path.Match of Go: `*` and `?` stop at a slash. */
function referencePattern(text: string): RegExp {
  const escaped = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
  return new RegExp(`^${escaped}$`)
}
