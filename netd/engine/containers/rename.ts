import { ApiError, errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { renameSandbox } from '../sandbox/rename-sandbox.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'
import { claimName } from './names.ts'

export async function renameContainer(engine: Engine, reference: string, newName: string): Promise<void> {
  if (newName === '') throw errors.invalidParameter('Neither old nor new names may be empty')
  await engine.locks.run('container-names', async () => {
    const container = findContainer(engine, reference)
    const oldName = container.name
    if (newName.replace(/^\//, '') === oldName)
      throw errors.invalidParameter('Renaming a container with the same name as its current name')
    try {
      container.name = claimName(engine, newName.startsWith('/') ? newName : `/${newName}`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      throw new ApiError(error.code, error.status, `Error when allocating new name: ${error.message}`)
    }
    engine.store.containers.put(container.id, container)
    await renameSandbox(engine, container.id, container.name)
    publishContainerEvent(engine, container, 'rename', { oldName: `/${oldName}` })
  })
}
