import { rm } from 'node:fs/promises'
import { errors } from '../../../api/errors.ts'
import type { MountRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findVolume } from './find-volume.ts'
import { volumeFolder } from './paths.ts'
import { usersOf } from './users-of.ts'
import { publishVolumeEvent } from './volume-event.ts'

/** With its files. Never while a container has it, running or not; by force, one that is not there is no error. */
export async function removeVolume(engine: Engine, name: string, { isForced }: { isForced: boolean }): Promise<void> {
  await engine.locks.run(`volume:${name}`, async () => {
    if (isForced && engine.store.volumes.get(name) === undefined) return
    findVolume(engine, name)
    const users = usersOf(engine, name)
    if (users.length > 0) throw errors.volumeInUse(name, users)
    await rm(volumeFolder(engine.config, name), { recursive: true, force: true })
    engine.store.volumes.delete(name)
    publishVolumeEvent(engine, name, 'destroy')
  })
}

/** After the container itself: what it alone had, and nobody gave a name. */
export async function removeAnonymousVolumes(engine: Engine, mounts: readonly MountRecord[]): Promise<void> {
  for (const mount of mounts) {
    if (mount.type !== 'volume' || !mount.isAnonymous || usersOf(engine, mount.source).length > 0) continue
    await removeVolume(engine, mount.source, { isForced: true }).catch((error: Error) =>
      engine.log.warn(`volume ${mount.source} was not removed: ${error.message}`),
    )
  }
}
