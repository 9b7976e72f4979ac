import { ApiError, errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import { startTimer } from '../../timer.ts'
import type { Engine } from '../engine.ts'
import { publishContainerEvent } from './container-event.ts'
import { findContainer } from './find.ts'
import { parseSignal } from './signals.ts'
import { isRunning } from './state.ts'

const sigkill = 9
/** A killed process ends at once, unless the kernel holds it in an uninterruptible sleep. */
const killedWithinMs = 10_000

/** With KILL, the default, resolves once the container has ended. */
export async function killContainer(engine: Engine, reference: string, signalName: string | undefined): Promise<void> {
  const signal = signalName ? parseSignal(signalName) : sigkill
  const container = findVictim(engine, reference)
  if (!isRunning(container))
    throw errors.conflict(`Cannot kill container: ${reference}: Container ${container.id} is not running`)
  if (signal === sigkill || signal === parseSignal(container.config.StopSignal || 'TERM'))
    markStopped(engine, container)
  if (signal === sigkill) await killAndWait(engine, container)
  else await sendSignal(engine, container, signal)
}

function findVictim(engine: Engine, reference: string): ContainerRecord {
  try {
    return findContainer(engine, reference)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError(error.code, error.status, `Cannot kill container: ${reference}: ${error.message}`)
  }
}

/** The restart policy stays out of the exit that follows. */
export function markStopped(engine: Engine, container: ContainerRecord): void {
  engine.runtime.stopping.add(container.id)
  container.state.isStoppedByUser = true
  engine.store.containers.put(container.id, container)
}

export async function sendSignal(engine: Engine, container: ContainerRecord, signal: number): Promise<void> {
  await engine.launcher.tasks.kill(container.id, signal)
  publishContainerEvent(engine, container, 'kill', { signal: String(signal) })
  // A frozen process takes its signal only when it thaws (cgroup v1's freezer holds back even KILL).
  if (container.state.status === 'paused') await engine.launcher.tasks.resume(container.id)
}

/** Resolves with true once the container has ended; false after the time. */
export async function untilExit(
  engine: Engine,
  id: string,
  timeoutMs: number,
  act: () => Promise<void>,
): Promise<boolean> {
  const patience = new AbortController()
  const exited = engine.runtime.next(id, ({ to }) => to === 'exited' || to === 'removed', patience.signal)
  const timer = startTimer(timeoutMs, () => patience.abort())
  try {
    await act()
    return (await exited) !== undefined
  } catch (error) {
    // It ended by itself before the signal came: its exit event is on the way.
    const container = engine.store.containers.get(id)
    if (container !== undefined && isRunning(container) && !isGone(error)) throw error
    return container === undefined || (await exited) !== undefined
  } finally {
    timer.cancel()
    patience.abort()
  }
}

/** The process has ended already, in the words of containerd and runc. */
function isGone(error: unknown): boolean {
  return /not found|already finished|no such process|not running/i.test((error as Error).message)
}

export async function killAndWait(engine: Engine, container: ContainerRecord): Promise<void> {
  const hasEnded = await untilExit(engine, container.id, killedWithinMs, () => sendSignal(engine, container, sigkill))
  if (!hasEnded)
    throw errors.internal(
      `Could not kill running container ${container.id}: tried to kill container, but did not receive an exit event`,
    )
}
