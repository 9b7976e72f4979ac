import { errors } from '../../../api/errors.ts'
import type { ImageProgress } from '../../containerd/launcher.ts'
import type { Engine } from '../engine.ts'
import { pullEmbedded } from './embedded.ts'
import { presentImage } from './find.ts'
import type { PullRequest, PullSource } from './pull-source.ts'

/** Asked in this order. */
const sources: readonly PullSource[] = [pullEmbedded]

/** Tells nothing when the image is there already. */
export async function* pullImage(engine: Engine, request: PullRequest): AsyncGenerator<ImageProgress> {
  const { reference } = request
  if ((await presentImage(engine, reference)) !== undefined) return
  for (const source of sources) {
    const progress = await source(engine, request)
    if (progress === undefined) continue
    yield* progress
    return
  }
  throw errors.notSupported(
    `cannot pull ${reference}: netd has no registry client yet; bring the image with docker load, docker import or trestle image load`,
  )
}
