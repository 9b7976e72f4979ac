import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { publishContainerEvent } from './container-event.ts'
import { findContainer } from './find.ts'
import { mustRun } from './state.ts'

/** Freezes every process of the container (cgroup freezer). */
export async function pauseContainer(engine: Engine, reference: string): Promise<void> {
  const { id } = findContainer(engine, reference)
  await engine.locks.run(`container:${id}`, async () => {
    const container = findContainer(engine, id)
    mustRun(container)
    if (container.state.status === 'paused') throw errors.conflict(`Container ${id} is already paused`)
    await engine.launcher.tasks.pause(id)
    container.state.status = 'paused'
    engine.store.containers.put(id, container)
    publishContainerEvent(engine, container, 'pause')
  })
}

export async function unpauseContainer(engine: Engine, reference: string): Promise<void> {
  const { id } = findContainer(engine, reference)
  await engine.locks.run(`container:${id}`, async () => {
    const container = findContainer(engine, id)
    if (container.state.status !== 'paused') throw errors.internal(`Container ${id} is not paused`)
    await engine.launcher.tasks.resume(id)
    container.state.status = 'running'
    engine.store.containers.put(id, container)
    publishContainerEvent(engine, container, 'unpause')
  })
}
