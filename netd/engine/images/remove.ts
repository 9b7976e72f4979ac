import type { ImageDeleteItem } from '../../../api/docker/images.ts'
import type { Engine } from '../engine.ts'
import { publishImageEvent } from './image-event.ts'

export async function removeImage(engine: Engine, reference: string, isForced: boolean): Promise<ImageDeleteItem[]> {
  const { Id: id } = await engine.launcher.images.inspect(reference)
  const usedBy = (imageId: string): string[] =>
    [...engine.store.containers.values(), ...engine.store.drafts.values()]
      .filter((container) => container.imageId === imageId)
      .map((container) => container.id)
  const items = await engine.launcher.images.remove(reference, { isForced, usedBy })
  for (const item of items) {
    if ('Untagged' in item) publishImageEvent(engine, id, 'untag', item.Untagged)
    else publishImageEvent(engine, id, 'delete', item.Deleted)
  }
  return items
}
