/** One of `HostConfig.Binds`, `[source:]target[:mode]`: a path of the host, the name of a volume, or nothing for an anonymous one. */
import { errors } from '../../../api/errors.ts'
import { cleanPath, checkTarget } from '../../engine/containers/mount-target.ts'
import { anonymousVolume, type MountRequest } from '../../engine/containers/mounts.ts'

/** bind(8) propagation, as `mount --make-…` names it. */
export const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'])
/** Accepted and without effect here: SELinux labels, and consistency hints of Docker Desktop. */
const inertModes = new Set(['z', 'Z', 'consistent', 'cached', 'delegated'])

/** Throws 400 in Docker's words. */
export function parseBind(spec: string, volumeDriver: string): MountRequest {
  const parts = spec.split(':')
  const [source, target, mode = ''] = parts.length === 1 ? ['', spec] : (parts as [string, string, string?])
  const isPath = source.startsWith('/')
  const refuse = (why: string): Error => errors.invalidParameter(`invalid volume specification: '${spec}': ${why}`)
  const invalid = (why: string): Error =>
    refuse(`invalid mount config for type "${isPath ? 'bind' : 'volume'}": ${why}`)
  if (parts.length > 3 || parts.slice(0, 2).includes(''))
    throw errors.invalidParameter(`invalid volume specification: '${spec}'`)
  checkTarget(target, invalid)
  const modes = mode.split(',').filter((part) => part !== '')
  const isKnown = (part: string): boolean =>
    part === 'ro' || part === 'rw' || part === 'nocopy' || propagations.has(part) || inertModes.has(part)
  const bad = modes.find((part) => !isKnown(part))
  if (bad !== undefined) throw errors.invalidParameter(`invalid mode: ${bad}`)
  if (parts.length === 1) return anonymousVolume(cleanPath(target), volumeDriver, 'z')
  const propagation = modes.find((part) => propagations.has(part))
  const common = { target: cleanPath(target), isReadOnly: modes.includes('ro') }
  if (isPath) {
    if (modes.includes('nocopy')) throw invalid('field VolumeOptions must not be specified')
    return {
      mount: {
        ...common,
        type: 'bind',
        source: cleanPath(source),
        mode,
        propagation: propagation ?? 'rprivate',
        isRecursive: true,
        isSourceCreated: true,
      },
    }
  }
  if (propagation !== undefined) throw invalid('field BindOptions must not be specified')
  return {
    mount: { ...common, type: 'volume', source, mode: mode || 'z', isAnonymous: false },
    volume: { Name: source, Driver: volumeDriver },
    isCopiedUp: !modes.includes('nocopy'),
  }
}
