import type { Readable } from 'node:stream'
import type { ImageProgress } from '../../containerd/launcher.ts'
import type { Engine } from '../engine.ts'
import { publishImageEvent } from './image-event.ts'

/** A `docker save` archive or an OCI layout; what its images are called is told as they come in. */
export async function* loadImages(
  engine: Engine,
  archive: Readable,
  signal: AbortSignal,
): AsyncGenerator<ImageProgress> {
  for await (const progress of engine.launcher.images.load(archive, signal)) {
    if (progress.step === 'image')
      for (const name of progress.names.length > 0 ? progress.names : [progress.id])
        publishImageEvent(engine, progress.id, 'load', name)
    yield progress
  }
}
