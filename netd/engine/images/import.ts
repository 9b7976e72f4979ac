import type { Readable } from 'node:stream'
import { canonical, familiar } from '../../containerd/images/reference.ts'
import type { Engine } from '../engine.ts'
import { publishImageEvent } from './image-event.ts'

export interface ImportOptions {
  repository: string | undefined
  tag: string | undefined
  message: string | undefined
  /** Dockerfile lines: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR, … */
  changes: string[]
}

/** A root file system as tar; resolves to the new image's id. */
export async function importImage(
  engine: Engine,
  rootfs: Readable,
  { repository, tag, message, changes }: ImportOptions,
): Promise<string> {
  const reference = repository ? canonical(tag ? `${repository}:${tag}` : repository) : undefined
  const id = await engine.launcher.images.importRootfs(rootfs, {
    changes,
    message: message || 'Imported from -',
    ...(reference === undefined ? {} : { reference }),
  })
  if (reference !== undefined) publishImageEvent(engine, id, 'tag', familiar(reference))
  publishImageEvent(engine, id, 'import', id)
  return id
}
