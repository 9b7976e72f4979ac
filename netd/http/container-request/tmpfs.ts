/** `--tmpfs path:options`: mount(8), as far as a tmpfs and the kernel's mount flags know them; tmpfs(5). */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { cleanPath } from '../../engine/containers/mount-target.ts'
import type { TmpfsMount } from '../../store/container-options.ts'

const flags = new Set([
  'ro',
  'rw',
  'exec',
  'noexec',
  'suid',
  'nosuid',
  'dev',
  'nodev',
  'sync',
  'async',
  'dirsync',
  'atime',
  'noatime',
  'diratime',
  'nodiratime',
  'relatime',
  'norelatime',
  'strictatime',
  'nostrictatime',
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
  'defaults',
])
const settings = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'])

/** Throws 400 in Docker's words. */
export function parseTmpfs({ Tmpfs: tmpfs }: HostConfig): TmpfsMount[] {
  return Object.entries(tmpfs ?? {}).map(([target, text]) => {
    if (!target.startsWith('/'))
      throw errors.invalidParameter(`invalid mount path: '${target}' mount path must be absolute`)
    if (cleanPath(target) === '/') throw errors.invalidParameter("invalid specification: destination can't be '/'")
    const options = parseOptions(text)
    return { type: 'tmpfs', target: cleanPath(target), isReadOnly: options.includes('ro'), options }
  })
}

function parseOptions(text: string): string[] {
  const options = text.split(',').filter((option) => option !== '')
  const bad = options.filter((option) => !flags.has(option) && !settings.has(option.split('=', 1)[0]!))
  if (bad.length > 0) throw errors.invalidParameter(`invalid tmpfs option ${JSON.stringify(bad)}`)
  return options.filter((option) => option !== 'defaults')
}
