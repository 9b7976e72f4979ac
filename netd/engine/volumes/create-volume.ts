import { mkdir } from 'node:fs/promises'
import { anonymousLabel, type CreateVolumeRequest, type Volume } from '../../../api/docker/volumes.ts'
import { volumesFolder } from '../../config/layout.ts'
import type { VolumeRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { checkVolume } from './check-volume.ts'
import { describeVolume } from './describe-volume.ts'
import { findVolume } from './find-volume.ts'
import { mountpoint } from './paths.ts'
import { publishVolumeEvent } from './volume-event.ts'

/** One that is there already is the answer, whatever else the request says: so has dockerd it. */
export async function createVolume(engine: Engine, request: CreateVolumeRequest): Promise<Volume> {
  const named = request.Name
    ? { ...request, Name: request.Name }
    : { ...request, Name: engine.newId(), Labels: { ...request.Labels, [anonymousLabel]: '' } }
  checkVolume(named)
  await ensureVolume(engine, named)
  return describeVolume(engine, findVolume(engine, named.Name))
}

/** True when it was not there before. The request has been checked. */
export function ensureVolume(
  engine: Engine,
  { Name: name, DriverOpts: options, Labels: labels }: CreateVolumeRequest & { Name: string },
): Promise<boolean> {
  const { config, store, now } = engine
  return engine.locks.run(`volume:${name}`, async () => {
    if (store.volumes.get(name) !== undefined) return false
    const hasOptions = Object.keys(options ?? {}).length > 0
    const record: VolumeRecord = {
      name,
      createdAt: now().toISOString().replace(/\.\d+/, ''),
      labels: labels ?? null,
      options: hasOptions ? options! : null,
    }
    await mkdir(volumesFolder(config), { recursive: true, mode: 0o701 })
    await mkdir(mountpoint(config, name), { recursive: true, mode: 0o755 })
    store.volumes.put(name, record)
    publishVolumeEvent(engine, name, 'create')
    return true
  })
}
