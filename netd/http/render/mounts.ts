import type { MountPoint } from '../../../api/docker/containers.ts'
import type { Engine } from '../../engine/engine.ts'
import { mountpoint } from '../../engine/volumes/paths.ts'
import type { ContainerRecord, MountRecord } from '../../store/records.ts'

/** Without the tmpfs of `--tmpfs`, which dockerd does not show among the mounts either. */
export function mountPoints(engine: Pick<Engine, 'config'>, { mounts }: ContainerRecord): MountPoint[] {
  return mounts.map((mount) => mountPoint(engine, mount))
}

function mountPoint({ config }: Pick<Engine, 'config'>, mount: MountRecord): MountPoint {
  const where = { Destination: mount.target, RW: !mount.isReadOnly }
  if (mount.type === 'bind') {
    return { Type: 'bind', Source: mount.source, ...where, Mode: mount.mode, Propagation: mount.propagation }
  }
  if (mount.type === 'volume') {
    return {
      Type: 'volume',
      Name: mount.source,
      Source: mountpoint(config, mount.source),
      ...where,
      Driver: 'local',
      Mode: mount.mode,
      Propagation: '',
    }
  }
  return { Type: 'tmpfs', Source: '', ...where, Mode: '', Propagation: '' }
}
