/** The volumes of a container that is being made: those that are not there are, and an empty one takes what the image has at its place. */
import { readdir } from 'node:fs/promises'
import type { CreateVolumeRequest } from '../../../api/docker/volumes.ts'
import type { MountRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { ensureVolume } from './create-volume.ts'
import { findVolume } from './find-volume.ts'
import { dataFolder } from './paths.ts'
import { removeVolume } from './remove-volume.ts'

export interface WantedVolume {
  mount: MountRecord
  volume?: CreateVolumeRequest
  isCopiedUp?: boolean
}

/** The names of those that were made go into `made`, also when one fails. */
export async function makeVolumes(engine: Engine, wanted: readonly WantedVolume[], made: string[]): Promise<void> {
  for (const { volume, mount } of wanted) {
    if (
      mount.type === 'volume' &&
      volume !== undefined &&
      (await ensureVolume(engine, { ...volume, Name: mount.source }))
    )
      made.push(mount.source)
  }
}

/** After the container's layer is prepared. One volume at a time: two containers made at once must not both find it empty. */
export async function fillVolumes(engine: Engine, containerId: string, wanted: readonly WantedVolume[]): Promise<void> {
  for (const { mount, isCopiedUp } of wanted) {
    if (mount.type !== 'volume' || isCopiedUp !== true) continue
    await engine.locks.run(`volume:${mount.source}`, async () => {
      const folder = dataFolder(engine.config, findVolume(engine, mount.source))
      // The device of a volume with options may be missing: that is for the start to say.
      const isEmpty = (await readdir(folder).catch(() => ['?'])).length === 0
      if (isEmpty) await engine.launcher.layers.copyFromImage(containerId, mount.target, folder)
    })
  }
}

export async function discardVolumes(engine: Engine, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await removeVolume(engine, name, { isForced: true }).catch((error: Error) =>
      engine.log.warn(`volume ${name} was not removed: ${error.message}`),
    )
  }
}
