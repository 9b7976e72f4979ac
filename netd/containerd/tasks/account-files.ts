import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { MountSpec } from '../launcher.ts'
import { readContainerFile } from '../spec/container-files.ts'

/**
 * runc opens both in the container, whatever user it is told, and would wait for ever for a FIFO that a bind mount has put
 * there. Throws 400.
 */
export function checkMountedAccounts(mounts: readonly MountSpec[]): void {
  const binds = mounts.filter(({ type }) => type === 'bind').toSorted((a, b) => b.target.length - a.target.length)
  for (const file of ['/etc/passwd', '/etc/group']) {
    const mount = binds.find(({ target }) => `${file}/`.startsWith(`${target.replace(/\/+$/, '')}/`))
    if (mount === undefined) continue
    const source = realpathSync(mount.source)
    const below = file.slice(mount.target.replace(/\/+$/, '').length)
    if (below === '') readContainerFile([dirname(source)], basename(source))
    else readContainerFile([source], below)
  }
}
