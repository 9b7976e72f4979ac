import type { Engine } from '../engine.ts'
import { findImage } from './find.ts'

export interface HistoryItem {
  Id: string
  /** Unix seconds. */
  Created: number
  CreatedBy: string
  Tags: string[] | null
  Size: number
  Comment: string
}

/** The image as one step: what made each of its layers is not kept by the launcher. */
export async function imageHistory(engine: Engine, reference: string): Promise<HistoryItem[]> {
  const { Id, Created, RepoTags, Size, Comment } = await findImage(engine, reference)
  return [
    {
      Id,
      Created: Math.floor(Date.parse(Created) / 1000),
      CreatedBy: '',
      Tags: RepoTags.length === 0 ? null : RepoTags,
      Size,
      Comment,
    },
  ]
}
