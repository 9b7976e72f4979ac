/** What containers have left whose records are lost: nobody can ask for it any more. */
import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { databasePath } from '../../config/layout.ts'
import type { Engine } from '../engine.ts'

/**
 * File systems, logs, files and cgroups, by the ids of containers: those without a record go. A record that was set aside may
 * be put back, and so may a database, as long as it is there.
 */
export async function collectUnowned(engine: Engine): Promise<void> {
  const { config, launcher, log, store } = engine
  const left = await launcher.leftBehind()
  const unowned = left.filter(
    (id) => store.containers.get(id) === undefined && store.drafts.get(id) === undefined && !store.isSetAside(id),
  )
  if (unowned.length === 0) return
  const database = databasePath(config)
  const damaged = (await readdir(dirname(database))).find((name) => name.startsWith(`${basename(database)}.damaged-`))
  if (damaged !== undefined) {
    log.warn(
      `file systems and logs of ${unowned.length} containers without a record are kept, because ${dirname(database)}/${damaged} may have it; once that is deleted, the next start removes them`,
    )
    return
  }
  let count = 0
  for (const id of unowned) {
    try {
      await launcher.remove(id)
      count += 1
    } catch (error) {
      log.error(`what is left of a container without a record could not be removed: ${(error as Error).message}`, {
        id,
      })
    }
  }
  log.warn(`removed what was left of ${count} containers that no record knows: file systems and logs`)
}
