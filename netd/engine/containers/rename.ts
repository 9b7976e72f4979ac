import { ApiError, errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { renameSandbox } from '../sandbox/rename-sandbox.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { lockContainer } from './lock.ts'
import { claimName } from './names.ts'

/** Its names on the networks are joined here, so that no start, stop or disconnect may be under way. */
export async function renameContainer(engine: Engine, reference: string, newName: string): Promise<void> {
  if (newName === '') throw errors.invalidParameter('Neither old nor new names may be empty')
  await lockContainer(engine, reference, async (container) => {
    const oldName = container.name
    if (newName.replace(/^\//, '') === oldName)
      throw errors.invalidParameter('Renaming a container with the same name as its current name')
    await engine.locks.run('container-names', async () => {
      container.name = claim(engine, newName.startsWith('/') ? newName : `/${newName}`)
      try {
        engine.store.containers.put(container.id, container, { mayWait: false })
      } catch (error) {
        container.name = oldName
        throw error
      }
    })
    await renameSandbox(engine, container.id, container.name)
    publishContainerEvent(engine, container, 'rename', { oldName: `/${oldName}` })
  })
}

function claim(engine: Engine, name: string): string {
  try {
    return claimName(engine, name)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError(error.code, error.status, `Error when allocating new name: ${error.message}`)
  }
}
