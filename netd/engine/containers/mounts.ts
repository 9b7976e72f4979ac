/** What a container has mounted, from its HostConfig, from `--volumes-from`, and from the VOLUMEs of its image. */
import type { ContainerConfig, HostConfig } from '../../../api/docker/containers.ts'
import { anonymousLabel } from '../../../api/docker/volumes.ts'
import { ApiError, errors } from '../../../api/errors.ts'
import type { MountRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findContainer } from './find.ts'
import { cleanPath } from './mount-target.ts'
import { parseBind, type RequestedMount } from './parse-bind.ts'
import { parseMount } from './parse-mount.ts'
import { tmpfsOptions } from './tmpfs-options.ts'

type Source = Pick<Engine, 'store' | 'newId'>

/** In dockerd's order: what another container has, then what the user asks for, then what the image wants. 400 in Docker's words. */
export function requestedMounts(
  engine: Source,
  host: HostConfig,
  { Volumes: volumes }: Pick<ContainerConfig, 'Volumes'>,
): RequestedMount[] {
  const anonymous = (target: string): RequestedMount => anonymousVolume(engine.newId(), target, host.VolumeDriver ?? '')
  const tmpfsTargets = tmpfsMounts(host).map(({ target }) => target)
  const own = [
    ...(host.Binds ?? []).map((spec) => parseBind(spec, host.VolumeDriver ?? '', anonymous)),
    ...(host.Mounts ?? []).map((mount) => parseMount(mount, anonymous)),
  ]
  const taken = new Set(tmpfsTargets)
  for (const { mount } of own) {
    if (taken.has(mount.target)) throw errors.invalidParameter(`Duplicate mount point: ${mount.target}`)
    taken.add(mount.target)
  }
  const inherited = new Map(
    (host.VolumesFrom ?? []).flatMap((spec) => mountsFrom(engine, spec)).map((mount) => [mount.target, mount]),
  )
  const kept = [...inherited.values()].filter(({ target }) => !taken.has(target)).map((mount) => ({ mount }))
  for (const { mount } of kept) taken.add(mount.target)
  const ofImage = Object.keys(volumes ?? {})
    .map(cleanPath)
    .filter((target) => !taken.has(target))
  return [...kept, ...own, ...[...new Set(ofImage)].map(anonymous)]
}

function anonymousVolume(name: string, target: string, driver: string): RequestedMount {
  if (target === '/') throw errors.invalidParameter("invalid specification: destination can't be '/'")
  return {
    mount: { type: 'volume', source: name, target, mode: '', isReadOnly: false, isAnonymous: true },
    volume: { Name: name, Driver: driver, Labels: { [anonymousLabel]: '' } },
    isCopiedUp: true,
  }
}

/** `container[:ro|rw]`. */
function mountsFrom(engine: Source, spec: string): MountRecord[] {
  if (spec === '') throw errors.invalidParameter('volumes-from specification cannot be an empty string')
  const [reference = '', mode = 'rw'] = spec.split(/:(.*)/s)
  const modes = mode.split(',')
  const bad = modes.find((part) => !['ro', 'rw', 'z', 'Z', ''].includes(part))
  if (bad !== undefined) throw errors.invalidParameter(`invalid mode: ${mode}`)
  const inherit = (mount: MountRecord): MountRecord => ({
    ...mount,
    isReadOnly: mount.isReadOnly || modes.includes('ro'),
    ...(mount.type === 'tmpfs' ? {} : { mode: '' }),
  })
  try {
    return findContainer(engine, reference).mounts.map(inherit)
  } catch (error) {
    // Docker answers 400 here: what is not found is not what the request is about.
    throw error instanceof ApiError ? errors.invalidParameter(error.message) : error
  }
}

/** `HostConfig.Tmpfs`, which inspect does not show among the mounts. */
export function tmpfsMounts({ Tmpfs: tmpfs }: HostConfig): Extract<MountRecord, { type: 'tmpfs' }>[] {
  return Object.entries(tmpfs ?? {}).map(([target, text]) => {
    if (!target.startsWith('/'))
      throw errors.invalidParameter(`invalid mount path: '${target}' mount path must be absolute`)
    if (cleanPath(target) === '/') throw errors.invalidParameter("invalid specification: destination can't be '/'")
    const options = tmpfsOptions(text)
    return { type: 'tmpfs', target: cleanPath(target), isReadOnly: options.includes('ro'), options }
  })
}
