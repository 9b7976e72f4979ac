/** `Binds`, `Mounts` and `Tmpfs` of a HostConfig as one list of mount points. */
import type { ContainerConfig, HostConfig, MountPoint } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'

/** bind(8) propagation, as `mount --make-…` names it. */
const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'])
/** Accepted and without effect here: SELinux labels, and consistency hints of Docker Desktop. */
const inertModes = new Set(['z', 'Z', 'consistent', 'cached', 'delegated', 'nocopy'])

export interface RequestedMount extends MountPoint {
  Type: 'bind' | 'tmpfs'
  /** A missing source of `-v` is made, of `--mount` refused. */
  isSourceCreated: boolean
  /** mount(8) options of a tmpfs. */
  options: string[]
}

/** Throws 400 in Docker's words, or 501 for volumes, which are not there yet. */
export function requestedMounts(host: HostConfig, config: ContainerConfig): RequestedMount[] {
  const mounts = [
    ...(host.Binds ?? []).map(parseBind),
    ...(host.Mounts ?? []).map(parseMount),
    ...Object.entries(host.Tmpfs ?? {}).map(([target, options]) => tmpfs(target, options.split(',').filter((option) => option !== ''))),
  ]
  const seen = new Set<string>()
  for (const { Destination } of mounts) {
    if (seen.has(Destination)) throw errors.invalidParameter(`Duplicate mount point: ${Destination}`)
    seen.add(Destination)
  }
  // An image's VOLUME stays in the writable layer; one that the user asks for by `-v /data` would have to outlive it.
  const wanted = Object.keys(config.Volumes ?? {}).find((target) => !seen.has(target))
  if (wanted !== undefined) throw volumesNotThereYet(wanted)
  return mounts
}

function parseBind(spec: string): RequestedMount {
  const [source = '', target, mode = '', ...rest] = spec.split(':')
  if (target === undefined) throw invalidSpec(spec, 'volume', source, source.startsWith('/'))
  if (!target.startsWith('/')) throw invalidSpec(spec, source.startsWith('/') ? 'bind' : 'volume', target, false)
  if (!source.startsWith('/')) throw volumesNotThereYet(source)
  const modes = mode.split(',').filter((part) => part !== '')
  const bad = rest.length > 0 ? rest[0] : modes.find((part) => part !== 'ro' && part !== 'rw' && !propagations.has(part) && !inertModes.has(part))
  if (bad !== undefined) throw errors.invalidParameter(`invalid mode: ${bad}`)
  return {
    Type: 'bind',
    Source: clean(source),
    Destination: clean(target),
    Mode: mode,
    RW: !modes.includes('ro'),
    Propagation: modes.find((part) => propagations.has(part)) ?? 'rprivate',
    isSourceCreated: true,
    options: [],
  }
}

function invalidSpec(spec: string, type: string, path: string, isVolume: boolean): Error {
  if (isVolume) return volumesNotThereYet(path)
  return errors.invalidParameter(`invalid volume specification: '${spec}': invalid mount config for type "${type}": invalid mount path: '${path}' mount path must be absolute`)
}

function parseMount(mount: NonNullable<HostConfig['Mounts']>[number]): RequestedMount {
  const type = mount.Type ?? ''
  if (type === 'volume' || type === '') throw volumesNotThereYet(mount.Source ?? mount.Target)
  const refuse = (why: string): Error => errors.invalidParameter(`invalid mount config for type "${type}": ${why}`)
  if (!mount.Target.startsWith('/')) throw refuse(`invalid mount path: '${mount.Target}' mount path must be absolute`)
  if (type === 'tmpfs') {
    const { SizeBytes: size, Mode: mode } = mount.TmpfsOptions ?? {}
    return tmpfs(mount.Target, [...(size ? [`size=${size}`] : []), ...(mode ? [`mode=${mode.toString(8)}`] : []), ...(mount.ReadOnly ? ['ro'] : [])])
  }
  if (type !== 'bind') throw errors.invalidParameter(`mount type unknown: "${type}"`)
  const source = mount.Source ?? ''
  if (!source.startsWith('/')) throw refuse(`invalid mount path: '${source}' mount path must be absolute`)
  return {
    Type: 'bind',
    Source: clean(source),
    Destination: clean(mount.Target),
    Mode: '',
    RW: !mount.ReadOnly,
    Propagation: mount.BindOptions?.Propagation || 'rprivate',
    isSourceCreated: false,
    options: [],
  }
}

function tmpfs(target: string, options: string[]): RequestedMount {
  return { Type: 'tmpfs', Source: '', Destination: clean(target), Mode: '', RW: !options.includes('ro'), Propagation: '', isSourceCreated: false, options }
}

const clean = (path: string): string => path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '')

const volumesNotThereYet = (what: string): Error =>
  errors.notSupported(`volumes are not supported by netd yet ("${what}"): give a directory of the host, -v /path/on/host:/path/in/container`)
