import type { Engine } from '../engine.ts'
import { permits, whileRunning } from '../life/refusals.ts'
import { transition } from '../life/transition.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { lockContainer } from './lock.ts'

/** Freezes every process of the container (cgroup freezer). */
export async function pauseContainer(engine: Engine, reference: string): Promise<void> {
  await lockContainer(engine, reference, async (container) => {
    permits(engine, 'pause', container, reference)
    await whileRunning(container.id, engine.launcher.tasks.pause(container.id))
    transition(engine, container, 'pause')
    publishContainerEvent(engine, container, 'pause')
  })
}

export async function unpauseContainer(engine: Engine, reference: string): Promise<void> {
  await lockContainer(engine, reference, async (container) => {
    permits(engine, 'unpause', container, reference)
    await whileRunning(container.id, engine.launcher.tasks.resume(container.id))
    transition(engine, container, 'unpause')
    publishContainerEvent(engine, container, 'unpause')
  })
}
