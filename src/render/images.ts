import type { ImageSummary } from '../../api/docker/images.ts'
import { labelFields, type Listing, type Row } from './list.ts'
import { humanDuration, humanSize } from './units.ts'

export const imageListing: Listing = {
  headings: {
    Repository: 'REPOSITORY',
    Tag: 'TAG',
    Digest: 'DIGEST',
    ID: 'IMAGE ID',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    Size: 'SIZE',
    Labels: 'LABELS',
  },
  columns: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'],
  key: 'ID',
}

/** One row for each tag; an image without any has `<none>`. */
export function imageRows(image: ImageSummary, isTruncated: boolean, now: Date): Row[] {
  const tags = image.RepoTags?.filter((tag) => tag !== '<none>:<none>') ?? []
  return (tags.length === 0 ? ['<none>:<none>'] : tags).map((reference) => {
    const colon = reference.lastIndexOf(':')
    const repository = reference.slice(0, colon)
    const digest = image.RepoDigests?.find((one) => one.startsWith(`${repository}@`))
    return {
      Repository: repository,
      Tag: reference.slice(colon + 1),
      Digest: digest?.slice(digest.indexOf('@') + 1) ?? '<none>',
      ID: isTruncated ? image.Id.replace(/^sha256:/, '').slice(0, 12) : image.Id,
      CreatedSince: `${humanDuration(now.getTime() - image.Created * 1000)} ago`,
      CreatedAt: new Date(image.Created * 1000).toISOString(),
      Size: humanSize(image.Size),
      ...labelFields(image.Labels),
    }
  })
}
