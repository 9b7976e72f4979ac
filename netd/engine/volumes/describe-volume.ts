import type { Volume } from '../../../api/docker/volumes.ts'
import type { VolumeRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { mountpoint } from './paths.ts'

export function describeVolume(
  { config }: Pick<Engine, 'config'>,
  { name, createdAt, labels, options }: VolumeRecord,
): Volume {
  return {
    CreatedAt: createdAt,
    Driver: 'local',
    Labels: labels,
    Mountpoint: mountpoint(config, name),
    Name: name,
    Options: options,
    Scope: 'local',
  }
}
