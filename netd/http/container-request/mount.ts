/** One of `HostConfig.Mounts`, which is what `--mount` says. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { checkTarget, cleanPath } from '../../engine/containers/mount-target.ts'
import { anonymousVolume, type MountRequest } from '../../engine/containers/mounts.ts'
import { propagations } from './bind.ts'

type Mount = NonNullable<HostConfig['Mounts']>[number]
type Refuse = (why: string) => Error

/** Throws 400 in Docker's words, or 501 for an option that nothing carries out. */
export function parseMount(mount: Mount, volumeDriver: string): MountRequest {
  const type = mount.Type ?? ''
  const refuse: Refuse = (why) => errors.invalidParameter(`invalid mount config for type "${type}": ${why}`)
  const parse = { bind: parseBindMount, volume: parseVolumeMount, tmpfs: parseTmpfsMount }[type]
  if (parse === undefined) throw refuse('mount type unknown')
  checkTarget(mount.Target, refuse)
  for (const [field, owner] of [
    ['BindOptions', 'bind'],
    ['VolumeOptions', 'volume'],
    ['TmpfsOptions', 'tmpfs'],
  ] as const) {
    if (mount[field] && owner !== type) throw refuse(`field ${field} must not be specified`)
  }
  return parse(mount, refuse, volumeDriver)
}

function parseBindMount(mount: Mount, refuse: Refuse): MountRequest {
  const { Source: source, Target: target, BindOptions: options } = mount
  if (!source) throw refuse('field Source must not be empty')
  if (!source.startsWith('/')) throw refuse(`invalid mount path: '${source}' mount path must be absolute`)
  const propagation = options?.Propagation || 'rprivate'
  if (!propagations.has(propagation)) throw refuse(`invalid propagation mode: ${propagation}`)
  refuseUnknown('BindOptions', options, ['Propagation', 'NonRecursive', 'CreateMountpoint'])
  return {
    mount: {
      type: 'bind',
      source: cleanPath(source),
      target: cleanPath(target),
      mode: '',
      isReadOnly: mount.ReadOnly ?? false,
      propagation,
      isRecursive: options?.NonRecursive !== true,
      isSourceCreated: options?.CreateMountpoint ?? false,
    },
  }
}

function parseVolumeMount(mount: Mount, refuse: Refuse, volumeDriver: string): MountRequest {
  const { Source: source, Target: target, VolumeOptions: options } = mount
  const isReadOnly = mount.ReadOnly ?? false
  if (!source && isReadOnly) throw refuse('must not set ReadOnly mode when using anonymous volumes')
  refuseUnknown('VolumeOptions', options, ['NoCopy', 'Labels', 'DriverConfig'])
  const request = {
    Driver: options?.DriverConfig?.Name,
    DriverOpts: options?.DriverConfig?.Options,
    Labels: options?.Labels,
  }
  const isCopiedUp = options?.NoCopy !== true
  if (!source) {
    const { mount: anonymous, volume } = anonymousVolume(cleanPath(target), volumeDriver, 'z')
    return {
      mount: anonymous,
      volume: { ...request, ...volume, Labels: { ...request.Labels, ...volume?.Labels } },
      isCopiedUp,
    }
  }
  return {
    mount: { type: 'volume', source, target: cleanPath(target), mode: 'z', isReadOnly, isAnonymous: false },
    volume: { ...request, Name: source },
    isCopiedUp,
  }
}

function parseTmpfsMount(mount: Mount, refuse: Refuse): MountRequest {
  if (mount.Source) throw refuse('field Source must not be specified')
  const { SizeBytes: size, Mode: mode } = mount.TmpfsOptions ?? {}
  refuseUnknown('TmpfsOptions', mount.TmpfsOptions, ['SizeBytes', 'Mode'])
  if (size && size < 0) throw refuse('size must not be negative')
  const options = [...(size ? [`size=${size}`] : []), ...(mode ? [`mode=${mode.toString(8)}`] : [])]
  return { mount: { type: 'tmpfs', target: cleanPath(mount.Target), isReadOnly: mount.ReadOnly ?? false, options } }
}

function refuseUnknown(field: string, options: object | null | undefined, known: string[]): void {
  const unknown = Object.entries(options ?? {}).find(
    ([name, value]) => !known.includes(name) && value !== null && value !== '' && value !== false,
  )
  if (unknown !== undefined)
    throw errors.notSupported(`Mounts.${field}.${unknown[0]} is not supported by netd yet: leave it out`)
}
