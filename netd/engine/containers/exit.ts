/** What the end of a process means: for a container's own, state, network, log, restart or removal; for an exec, its code. */
import type { ExitEvent } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { publishMountEvents } from '../volumes/volume-event.ts'
import { publishContainerEvent } from './container-event.ts'
import { removeContainer } from './remove.ts'
import { restartLater } from './restart-later.ts'
import { restartsAfterExit } from './restart-policy.ts'
import { isRunning } from './state.ts'

/** How long an ended exec can still be inspected; dockerd sweeps them as often. */
const execKeptMs = 5 * 60_000

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
  const isGone = await engine.locks.run(`container:${event.id}`, async () => {
    const container = engine.store.containers.get(event.id)
    if (container === undefined || !isRunning(container)) return false
    recordExit(engine, container, event)
    const results = await Promise.allSettled([
      closeSandbox(engine, container),
      engine.launcher.tasks.reap(container.id),
    ])
    for (const result of results) {
      if (result.status === 'rejected')
        engine.log.error(`container ${container.name}: ${(result.reason as Error).message}`)
    }
    publishMountEvents(engine, container, 'unmount')
    const isWanted = !engine.runtime.stopping.delete(container.id) && !engine.runtime.removing.has(container.id)
    engine.runtime.announce(container.id, { to: 'exited', exitCode: event.exitCode })
    if (isWanted && restartsAfterExit(container)) restartLater(engine, container.id)
    return container.hostConfig.AutoRemove === true
  })
  if (isGone && !engine.runtime.removing.has(event.id)) await removeContainer(engine, event.id, { isForced: true })
}

/** Readers see `exited` at once; whoever waits for the exit is woken when nothing of the run is left. */
function recordExit(engine: Engine, container: ContainerRecord, { exitCode, exitedAt, isOomKilled }: ExitEvent): void {
  Object.assign(container.state, { status: 'exited', exitCode, isOomKilled, finishedAt: exitedAt.toISOString() })
  engine.runtime.pids.delete(container.id)
  engine.store.containers.put(container.id, container)
  if (isOomKilled) publishContainerEvent(engine, container, 'oom')
  publishContainerEvent(engine, container, 'die', { exitCode: String(exitCode) })
  for (const exec of engine.runtime.execs.values()) {
    if (exec.containerId === container.id && exec.isRunning) execExited(engine, exec.id, 137)
  }
}

export function execExited(engine: Engine, execId: string, exitCode: number): void {
  const exec = engine.runtime.execs.get(execId)
  if (exec === undefined || (exec.hasStarted && !exec.isRunning)) return
  Object.assign(exec, { isRunning: false, exitCode, io: undefined })
  exec.exited.resolve()
  const container = engine.store.containers.get(exec.containerId)
  if (container !== undefined)
    publishContainerEvent(engine, container, 'exec_die', { execID: execId, exitCode: String(exitCode) })
  setTimeout(() => engine.runtime.execs.delete(execId), execKeptMs).unref()
}
