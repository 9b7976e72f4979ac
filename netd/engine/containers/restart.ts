import type { Engine } from '../engine.ts'
import { publishContainerEvent } from './container-event.ts'
import { findContainer } from './find.ts'
import { startContainer } from './start.ts'
import { stopContainer, type StopOptions } from './stop.ts'

/** One that does not run is started. */
export async function restartContainer(engine: Engine, reference: string, options: StopOptions): Promise<void> {
  const container = findContainer(engine, reference)
  // `--rm` means the end of its life, not of one of its runs.
  const isAutoRemove = container.hostConfig.AutoRemove ?? false
  container.hostConfig.AutoRemove = false
  try {
    await stopContainer(engine, container.id, options)
    await startContainer(engine, container.id)
  } finally {
    container.hostConfig.AutoRemove = isAutoRemove
    engine.store.containers.put(container.id, container)
  }
  publishContainerEvent(engine, container, 'restart')
}
