/** What the end of a process means: for a container's own, state, network, log, restart or removal; for an exec, its code. */
import type { ExitEvent } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { execExited } from '../life/exec-exited.ts'
import { isRunning } from '../life/status.ts'
import { transition } from '../life/transition.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { publishMountEvents } from '../volumes/volume-event.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { finishRemoval } from './remove.ts'
import { restartLater } from './restart-later.ts'
import { restartsAfterExit, runLengthMs } from './restart-policy.ts'

export function followExits(engine: Engine): void {
  engine.launcher.tasks.onExit((event) => {
    if (event.execId !== undefined) {
      execExited(engine, event.execId, event.exitCode)
      return
    }
    containerExited(engine, event).catch((error: Error) =>
      engine.log.error(`container ${event.id} ended, and clearing up after it failed: ${error.message}`, {
        stack: error.stack,
      }),
    )
  })
}

export async function containerExited(engine: Engine, event: ExitEvent): Promise<void> {
  const clearUp = async (): Promise<ContainerRecord | undefined> => {
    const container = engine.store.containers.get(event.id)
    if (container === undefined || !isRunning(container)) return undefined
    const life = engine.lives.of(event.id)
    recordExit(engine, container, event)
    const results = await Promise.allSettled([
      closeSandbox(engine, container.id),
      engine.launcher.tasks.reap(container.id),
    ])
    for (const result of results) {
      if (result.status === 'rejected')
        engine.log.error(`container ${container.name}: ${(result.reason as Error).message}`)
    }
    publishMountEvents(engine, container, 'unmount')
    if (life.isBeingRemoved) return undefined
    if (container.options.isRemovedAtExit && life.restarts === 0) {
      life.isBeingRemoved = true
      return container
    }
    if (!life.isStopping && restartsAfterExit(container))
      restartLater(engine, container.id, { ranMs: runLengthMs(container.state) })
    return undefined
  }
  const toRemove = await engine.locks.run(`container:${event.id}`, clearUp, { isFirst: true })
  if (toRemove !== undefined) await finishRemoval(engine, toRemove, { isForced: true })
}

/** Everyone sees `exited` at once; whoever needs what the run held waits for the lock. */
function recordExit(engine: Engine, container: ContainerRecord, { exitCode, exitedAt, isOomKilled }: ExitEvent): void {
  transition(engine, container, 'exit', { exitCode, isOomKilled, finishedAt: exitedAt.toISOString() })
  if (isOomKilled) publishContainerEvent(engine, container, 'oom')
  publishContainerEvent(engine, container, 'die', { exitCode: String(exitCode) })
  for (const exec of engine.lives.of(container.id).execs.values()) if (exec.isRunning) execExited(engine, exec.id, 137)
}
