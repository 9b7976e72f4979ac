import type { ImageInspect } from '../../../api/docker/images.ts'
import { ApiError } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { pullEmbedded } from './embedded.ts'

/** An image that is there; the embedded one is loaded when it is asked for first. */
export async function findImage(engine: Engine, reference: string): Promise<ImageInspect> {
  const found = await presentImage(engine, reference)
  if (found !== undefined) return found
  await pullEmbedded(engine, { reference })
  return engine.launcher.images.inspect(reference)
}

export async function presentImage(engine: Engine, reference: string): Promise<ImageInspect | undefined> {
  try {
    return await engine.launcher.images.inspect(reference)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'imageNotFound') return undefined
    throw error
  }
}
