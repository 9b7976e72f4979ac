import { errors } from '../../../api/errors.ts'
import type { VolumesFrom } from '../../engine/containers/mounts.ts'

/** `container[:ro|rw]`; the labels of SELinux are accepted and without effect here. Throws 400. */
export function parseVolumesFrom(spec: string): VolumesFrom {
  if (spec === '') throw errors.invalidParameter('volumes-from specification cannot be an empty string')
  const [container = '', mode = 'rw'] = spec.split(/:(.*)/s)
  const modes = mode.split(',')
  const bad = modes.find((part) => !['ro', 'rw', 'z', 'Z', ''].includes(part))
  if (bad !== undefined) throw errors.invalidParameter(`invalid mode: ${mode}`)
  return { container, isReadOnly: modes.includes('ro') }
}
