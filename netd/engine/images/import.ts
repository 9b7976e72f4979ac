import type { Readable } from 'node:stream'
import { canonical, familiar } from '../../containerd/images/reference.ts'
import type { ImageProgress } from '../../containerd/launcher.ts'
import type { Engine } from '../engine.ts'
import { publishImageEvent } from './image-event.ts'

export interface ImportOptions {
  repository: string | undefined
  tag: string | undefined
  message: string | undefined
  /** Dockerfile lines: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR, … */
  changes: string[]
}

/** A root file system as tar. */
export async function* importImage(
  engine: Engine,
  rootfs: Readable,
  { repository, tag, message, changes }: ImportOptions,
  signal: AbortSignal,
): AsyncGenerator<ImageProgress> {
  const reference = repository ? canonical(tag ? `${repository}:${tag}` : repository) : undefined
  const request = {
    changes,
    message: message || 'Imported from -',
    ...(reference === undefined ? {} : { reference }),
  }
  for await (const progress of engine.launcher.images.importRootfs(rootfs, request, signal)) {
    if (progress.step === 'image') {
      if (reference !== undefined) publishImageEvent(engine, progress.id, 'tag', familiar(reference))
      publishImageEvent(engine, progress.id, 'import', progress.id)
    }
    yield progress
  }
}
