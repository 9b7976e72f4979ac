/** The folders that everything of the daemon is in. */
import { accessSync, constants, mkdirSync, rmdirSync, statSync } from 'node:fs'
import { containersFolder, runRoot } from '../config/layout.ts'
import type { DaemonConfig } from '../config/config.ts'
import * as libc from '../native/libc.ts'

/** Makes them. Throws one sentence for one that cannot be written to: before anything has been made in the other. */
export function prepareRoots(config: Pick<DaemonConfig, 'dataRoot' | 'execRoot'>): void {
  for (const [flag, folder] of [
    ['data-root', config.dataRoot],
    ['exec-root', config.execRoot],
  ] as const) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o711 })
      // Root may write everywhere but on a file system that is read-only.
      accessSync(folder, constants.W_OK)
    } catch (error) {
      throw new Error(`--${flag} ${folder}: netd cannot write there (${(error as Error).message})`, { cause: error })
    }
  }
  // Logs are nobody else's to read.
  mkdirSync(containersFolder(config), { recursive: true, mode: 0o700 })
  const run = runRoot(config)
  mkdirSync(run, { recursive: true, mode: 0o711 })
  if (!isMountPoint(run)) libc.mount('tmpfs', run, 'tmpfs', libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC, 'mode=711')
}

/** After a reset. */
export function releaseRunRoot(config: Pick<DaemonConfig, 'dataRoot'>): void {
  const run = runRoot(config)
  if (isMountPoint(run)) libc.umount2(run, libc.MNT_DETACH)
  rmdirSync(run)
}

const isMountPoint = (path: string): boolean => statSync(path).dev !== statSync(`${path}/..`).dev
