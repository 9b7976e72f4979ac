import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import type { ImageInspect } from '../../../api/docker/images.ts'
import { ApiError, errors } from '../../../api/errors.ts'
import { canonical } from '../../containerd/images/reference.ts'
import type { Engine } from '../engine.ts'
import { loadImages } from './load.ts'

/** Ships with the daemon, so that a demo or a lab needs no registry. */
export const embeddedImage = 'docker.io/trestle/toolbox:latest'

/** An image that is there; the embedded one is loaded when it is asked for first. */
export async function findImage(engine: Engine, reference: string): Promise<ImageInspect> {
  try {
    return await engine.launcher.images.inspect(reference)
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'imageNotFound') || canonical(reference) !== embeddedImage)
      throw error
  }
  return engine.locks.run('embedded-image', async () => {
    const found = await engine.launcher.images.inspect(reference).catch(() => undefined)
    if (found !== undefined) return found
    const archive = engine.config.toolboxArchive
    await access(archive).catch(() => {
      throw errors.imageNotFound(
        `trestle/toolbox:latest (the archive it is loaded from, ${archive}, is missing: node scripts/toolbox.ts builds it)`,
      )
    })
    await loadImages(engine, createReadStream(archive))
    return engine.launcher.images.inspect(reference)
  })
}
