import type { Engine } from '../engine.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'
import { startContainer } from './start.ts'
import { stopContainer, type StopOptions } from './stop.ts'

/** One that does not run is started. */
export async function restartContainer(engine: Engine, reference: string, options: StopOptions): Promise<void> {
  const container = findContainer(engine, reference)
  const life = engine.lives.of(container.id)
  life.restarts += 1
  try {
    await stopContainer(engine, container.id, options)
    await startContainer(engine, container.id)
  } finally {
    life.restarts -= 1
  }
  publishContainerEvent(engine, container, 'restart')
}
