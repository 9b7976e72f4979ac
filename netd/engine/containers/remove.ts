import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { permits, removalInProgress } from '../life/refusals.ts'
import { isActive, isRunning } from '../life/status.ts'
import { transition } from '../life/transition.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { removeAnonymousVolumes } from '../volumes/remove-volume.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'
import { endByUser, kill } from './terminate.ts'

export interface RemoveOptions {
  isForced: boolean
  withVolumes?: boolean
}

/** A running one only by force, which kills it at once. Resolves when nothing of it is left. */
export async function removeContainer(engine: Engine, reference: string, options: RemoveOptions): Promise<void> {
  const container = findContainer(engine, reference)
  const life = engine.lives.of(container.id)
  if (life.isBeingRemoved) throw removalInProgress(reference)
  if (!options.isForced) permits(engine, 'remove', container, reference)
  life.isBeingRemoved = true
  await finishRemoval(engine, container, options)
}

/** Of one that is marked as being removed. */
export async function finishRemoval(
  engine: Engine,
  container: ContainerRecord,
  { isForced, withVolumes = false }: RemoveOptions,
): Promise<void> {
  const life = engine.lives.of(container.id)
  const attempt = () =>
    engine.locks.run(`container:${container.id}`, async () => {
      // It may have been started since.
      if (!isForced) permits(engine, 'remove', container)
      if (isActive(container)) endByUser(engine, container)
      if (isRunning(container)) return kill(engine, container)
      await discard(engine, container, withVolumes || container.options.isRemovedAtExit)
      return undefined
    })
  try {
    for (let killing = await attempt(); killing !== undefined; killing = await attempt()) await killing.hasEnded
  } finally {
    life.isBeingRemoved = false
  }
}

async function discard(engine: Engine, container: ContainerRecord, withVolumes: boolean): Promise<void> {
  const { id, state } = container
  // It was already, when the daemon before ended.
  if (state.status !== 'removing') transition(engine, container, 'remove', { isRemovedWithVolumes: withVolumes })
  try {
    // A start or an adoption that failed may have left a process.
    if (state.error !== '') await engine.launcher.tasks.reap(id)
    // The end of its last run closed the sandbox; what a crash left of it, and the files of it, go now.
    await Promise.all([closeSandbox(engine, id, { isFinal: true }), engine.launcher.remove(id)])
    engine.store.sandboxes.delete(id)
    transition(engine, container, 'gone')
  } catch (error) {
    transition(engine, container, 'fail', { error: (error as Error).message })
    throw error
  }
  if (withVolumes) await removeAnonymousVolumes(engine, container.mounts)
  publishContainerEvent(engine, container, 'destroy')
}
