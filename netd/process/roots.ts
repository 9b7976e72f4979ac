/** The two folders that everything of the daemon is in. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { containersFolder } from '../config/layout.ts'
import type { DaemonConfig } from '../config/config.ts'

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
}
