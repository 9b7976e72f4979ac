import { canonical, familiar } from '../../containerd/images/reference.ts'
import type { Engine } from '../engine.ts'
import { publishImageEvent } from './image-event.ts'

export async function tagImage(engine: Engine, reference: string, repository: string, tag: string): Promise<void> {
  const target = canonical(tag === '' ? repository : `${repository}:${tag}`)
  await engine.launcher.images.tag(reference, target)
  publishImageEvent(engine, (await engine.launcher.images.inspect(target)).Id, 'tag', familiar(target))
}
