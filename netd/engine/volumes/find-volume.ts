import { errors } from '../../../api/errors.ts'
import type { VolumeRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** By its whole name only, as dockerd has it. */
export function findVolume({ store }: Pick<Engine, 'store'>, name: string): VolumeRecord {
  const volume = store.volumes.get(name)
  if (volume === undefined) throw errors.volumeNotFound(name)
  return volume
}
