import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { errors } from '../../../api/errors.ts'
import { canonical } from '../../containerd/images/reference.ts'
import type { ImageProgress } from '../../containerd/launcher.ts'
import type { Engine } from '../engine.ts'
import { loadImages } from './load.ts'
import type { PullRequest } from './pull-source.ts'

/** Ships with the daemon, so that a demo or a lab needs no registry. */
const embeddedImage = 'docker.io/trestle/toolbox:latest'

/** Whoever asks first loads it for all, so nobody's going breaks it off. Undefined for every other image. */
export async function pullEmbedded(
  engine: Engine,
  { reference }: Pick<PullRequest, 'reference'>,
): Promise<ImageProgress[] | undefined> {
  if (canonical(reference) !== embeddedImage) return undefined
  return engine.locks.run('embedded-image', async () => {
    const all = await engine.launcher.images.list()
    if (all.some(({ RepoTags }) => RepoTags.map(canonical).includes(embeddedImage))) return []
    const archive = engine.config.toolboxArchive
    await access(archive).catch(() => {
      throw errors.imageNotFound(
        `trestle/toolbox:latest (the archive it is loaded from, ${archive}, is missing: node scripts/toolbox.ts builds it)`,
      )
    })
    return Array.fromAsync(loadImages(engine, createReadStream(archive), new AbortController().signal))
  })
}
