import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { removeAnonymousVolumes } from '../volumes/remove-volume.ts'
import { publishContainerEvent } from './container-event.ts'
import { findContainer } from './find.ts'
import { killAndWait, markStopped } from './kill.ts'
import { cancelRestart } from './restart-policy.ts'
import { isRunning } from './state.ts'

/** A running one only by force, which kills it at once. Resolves when nothing of it is left. */
export async function removeContainer(
  engine: Engine,
  reference: string,
  { isForced, withVolumes = false }: { isForced: boolean; withVolumes?: boolean },
): Promise<void> {
  const { runtime } = engine
  const container = findContainer(engine, reference)
  const { id } = container
  if (runtime.removing.has(id)) throw errors.conflict(`removal of container ${reference} is already in progress`)
  if (isActive(container) && !isForced) throw mustStopFirst(container)
  runtime.removing.add(id)
  try {
    for (let isRemoved = false; !isRemoved;) {
      if (cancelRestart(engine, id)) container.state.status = 'exited'
      if (isRunning(container)) {
        markStopped(engine, container)
        await killAndWait(engine, container)
      }
      // One that was being started meanwhile runs now, and is no easier to remove for it.
      isRemoved = await engine.locks.run(`container:${id}`, async () => {
        if (isRunning(container)) {
          if (isForced) return false
          throw mustStopFirst(container)
        }
        await discard(engine, container, withVolumes || container.hostConfig.AutoRemove === true)
        return true
      })
    }
  } finally {
    runtime.removing.delete(id)
    runtime.stopping.delete(id)
  }
}

async function discard(engine: Engine, container: ContainerRecord, withVolumes: boolean): Promise<void> {
  const { id } = container
  // The end of its last run closed the sandbox; what a crash left of it, and the files of it, go now.
  await Promise.all([closeSandbox(engine, container, { isFinal: true }), engine.launcher.remove(id)])
  engine.store.containers.delete(id)
  if (withVolumes) await removeAnonymousVolumes(engine, container.mounts)
  for (const exec of engine.runtime.execs.values()) if (exec.containerId === id) engine.runtime.execs.delete(exec.id)
  publishContainerEvent(engine, container, 'destroy')
  engine.runtime.announce(id, { to: 'removed', exitCode: container.state.exitCode })
}

const isActive = (container: ContainerRecord): boolean =>
  isRunning(container) || container.state.status === 'restarting'

function mustStopFirst({ id, state }: ContainerRecord): Error {
  const procedure = state.status === 'paused' ? 'Unpause and then stop the container' : 'Stop the container'
  return errors.conflict(
    `You cannot remove a ${state.status} container ${id}. ${procedure} before attempting removal or force remove`,
  )
}
