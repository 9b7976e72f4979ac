import { Guard } from '../../guard.ts'
import type { Engine } from '../engine.ts'
import { transition } from '../life/transition.ts'
import { nextDelayMs, restartsAfterExit } from './restart-policy.ts'
import { launch } from './start.ts'

/**
 * The container is `restarting` until its delay is over; a start that fails is tried again like a run that ended at once.
 *
 * @param ranMs of the run before, when it is the end of one that asks for the restart.
 */
export function restartLater(engine: Engine, id: string, { ranMs = 0 }: { ranMs?: number } = {}): void {
  const container = engine.store.containers.get(id)
  if (container === undefined) return
  // It was already, when the daemon before ended.
  if (container.state.status !== 'restarting') transition(engine, container, 'restart')
  const life = engine.lives.of(id)
  const guard = new Guard({ what: `restart of container ${container.name}`, log: engine.log })
  life.restartAfter(
    nextDelayMs(ranMs, life.lastDelayMs),
    guard.listener(() => restartNow(engine, id)),
  )
}

async function restartNow(engine: Engine, id: string): Promise<void> {
  await engine.locks.run(`container:${id}`, async () => {
    const container = engine.store.containers.get(id)
    if (container?.state.status !== 'restarting') return
    container.state.restartCount = (container.state.restartCount ?? 0) + 1
    try {
      await launch(engine, container)
    } catch (error) {
      engine.log.warn(`container ${container.name} could not be restarted: ${(error as Error).message}`)
      if (restartsAfterExit(container)) restartLater(engine, id)
    }
  })
}
