/** What of a request for a volume is refused, in the words of Docker's local driver. */
import type { CreateVolumeRequest } from '../../../api/docker/volumes.ts'
import { errors } from '../../../api/errors.ts'

/** Throws 400, 404 or 501. */
export function checkVolume({
  Name: name,
  Driver: driver,
  DriverOpts: options,
}: CreateVolumeRequest & { Name: string }): void {
  if (driver && driver !== 'local') throw errors.volumeDriverNotFound(name, driver)
  const refuse = (why: string): Error => errors.invalidParameter(`create ${name}: ${why}`)
  if (name.length < 2) throw refuse('volume name is too short, names should be at least two alphanumeric characters')
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw refuse(
      `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    )
  }
  // It is the name of a folder, which has 255 bytes at most (NAME_MAX, limits.h).
  if (name.length > 255) throw refuse('volume name is too long, names have at most 255 characters')
  if (Object.keys(options ?? {}).length > 0) checkOptions(name, options!, refuse)
}

/** Another folder of the host under a name is what they are mostly for; it needs no mount before a container has one. */
function checkOptions(name: string, options: Record<string, string>, refuse: (why: string) => Error): void {
  const unknown = Object.keys(options).find((option) => !['type', 'o', 'device', 'size'].includes(option))
  if (unknown !== undefined) throw refuse(`invalid option: "${unknown}"`)
  for (const needed of ['device', 'type']) if (!options[needed]) throw refuse(`missing required option: "${needed}"`)
  const mountOptions = (options['o'] ?? '').split(',').filter((option) => option !== '')
  const isBind =
    mountOptions.some((option) => option === 'bind' || option === 'rbind') && options['device']!.startsWith('/')
  if (!isBind || options['size'] || mountOptions.some((option) => !['bind', 'rbind', 'rw'].includes(option))) {
    throw errors.notSupported(
      `create ${name}: of the local driver's options netd supports type=none, o=bind and device=/path only; mount anything else on the host and name that path as device`,
    )
  }
}
