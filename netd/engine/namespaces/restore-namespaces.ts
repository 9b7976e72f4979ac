import { readdir, readlink, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine.ts'
import { claimName, iproute2Folder, isMissing, isPinned, namespacePath, pinFolder } from './pin.ts'

/**
 * After a start: a pin with a record is adopted as it is, a record whose namespace is gone is dropped, a pin
 * without a record (a daemon killed in the middle) is collected, and so is a name of ours that leads nowhere.
 */
export async function restoreNamespaces(engine: Engine): Promise<void> {
  for (const { name } of engine.store.namespaces.values()) {
    const path = namespacePath(engine, name)
    if (await isPinned(path)) {
      await claimName(path, name).catch((error: Error) => engine.log.warn(error.message))
    } else {
      engine.store.namespaces.delete(name)
      engine.log.info('dropped the record of a namespace that is gone', { name })
    }
  }
  for (const name of await entries(pinFolder(engine))) {
    if (engine.store.namespaces.get(name) !== undefined) continue
    const path = namespacePath(engine, name)
    // `ip netns delete` leaves a plain file of a pin.
    if (!(await isPinned(path))) await rm(path, { force: true })
    else
      for (const failure of await engine.kernel.teardown([{ do: 'netns.delete', path }]))
        engine.log.warn(failure.message, { namespace: name })
  }
  for (const name of await entries(iproute2Folder)) {
    const link = join(iproute2Folder, name)
    const target = await readlink(link).catch(() => undefined)
    if (target === namespacePath(engine, name) && engine.store.namespaces.get(name) === undefined) await unlink(link)
  }
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
