import type { Engine } from '../engine.ts'
import { launch } from './start.ts'
import { nextDelayMs, restartsAfterExit } from './restart-policy.ts'

/** The container is `restarting` until its delay is over; a start that fails is tried again like one that ended. */
export function restartLater(engine: Engine, id: string): void {
  const container = engine.store.containers.get(id)
  if (container === undefined) return
  container.state.status = 'restarting'
  engine.store.containers.put(id, container)
  const timer = setTimeout(() => void restartNow(engine, id), nextDelayMs(engine, container))
  engine.runtime.restarts.set(id, timer)
}

async function restartNow(engine: Engine, id: string): Promise<void> {
  await engine.locks.run(`container:${id}`, async () => {
    const container = engine.store.containers.get(id)
    if (!engine.runtime.restarts.delete(id) || container?.state.status !== 'restarting') return
    container.state.restartCount = (container.state.restartCount ?? 0) + 1
    try {
      await launch(engine, container)
    } catch (error) {
      engine.log.warn(`container ${container.name} could not be restarted: ${(error as Error).message}`)
      if (restartsAfterExit(container)) restartLater(engine, id)
    }
  })
}
