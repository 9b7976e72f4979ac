/** What a container has mounted: from the request, from `--volumes-from`, and from the VOLUMEs of its image. */
import { anonymousLabel, type CreateVolumeRequest } from '../../../api/docker/volumes.ts'
import { ApiError, errors } from '../../../api/errors.ts'
import type { TmpfsMount } from '../../store/container-options.ts'
import type { MountRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findContainer } from './find.ts'
import { cleanPath } from './mount-target.ts'

export interface MountRequest {
  /** The source of an anonymous volume is empty until it has a name. */
  mount: MountRecord
  /** The volume to make when it is not there. */
  volume?: CreateVolumeRequest
  /** An empty volume takes what the image has at the target. */
  isCopiedUp?: boolean
}

export interface VolumesFrom {
  container: string
  isReadOnly: boolean
}

export interface MountRequests {
  mounts: readonly MountRequest[]
  volumesFrom: readonly VolumesFrom[]
  tmpfs: readonly TmpfsMount[]
  /** Paths of volumes of the image. */
  volumes: readonly string[]
  volumeDriver: string
}

/** In dockerd's order: what another container has, then what the user asks for, then what the image wants. 400 in Docker's words. */
export function requestedMounts(engine: Pick<Engine, 'store' | 'newId'>, requests: MountRequests): MountRequest[] {
  const taken = new Set(requests.tmpfs.map(({ target }) => target))
  for (const { mount } of requests.mounts) {
    if (taken.has(mount.target)) throw errors.invalidParameter(`Duplicate mount point: ${mount.target}`)
    taken.add(mount.target)
  }
  const inherited = new Map(
    requests.volumesFrom.flatMap((from) => mountsFrom(engine, from)).map((mount) => [mount.target, mount]),
  )
  const kept = [...inherited.values()].filter(({ target }) => !taken.has(target)).map((mount) => ({ mount }))
  for (const { mount } of kept) taken.add(mount.target)
  const ofImage = new Set(requests.volumes.map(cleanPath).filter((target) => !taken.has(target)))
  const all = [
    ...kept,
    ...requests.mounts,
    ...[...ofImage].map((target) => anonymousVolume(target, requests.volumeDriver)),
  ]
  return all.map((request) => named(engine, request))
}

/** dockerd shows one that the user asked for with mode `z`, and one that the image wants with none. Throws 400. */
export function anonymousVolume(target: string, driver: string, mode = ''): MountRequest {
  if (target === '/') throw errors.invalidParameter("invalid specification: destination can't be '/'")
  return {
    mount: { type: 'volume', source: '', target, mode, isReadOnly: false, isAnonymous: true },
    volume: { Driver: driver, Labels: { [anonymousLabel]: '' } },
    isCopiedUp: true,
  }
}

function named({ newId }: Pick<Engine, 'newId'>, request: MountRequest): MountRequest {
  const { mount, volume } = request
  if (mount.type !== 'volume' || mount.source !== '') return request
  const name = newId()
  return { ...request, mount: { ...mount, source: name }, volume: { ...volume, Name: name } }
}

function mountsFrom(engine: Pick<Engine, 'store'>, { container, isReadOnly }: VolumesFrom): MountRecord[] {
  const inherit = (mount: MountRecord): MountRecord => ({
    ...mount,
    isReadOnly: mount.isReadOnly || isReadOnly,
    ...(mount.type === 'tmpfs' ? {} : { mode: '' }),
  })
  try {
    return findContainer(engine, container).mounts.map(inherit)
  } catch (error) {
    // Docker answers 400 here: what is not found is not what the request is about.
    throw error instanceof ApiError ? errors.invalidParameter(error.message) : error
  }
}
