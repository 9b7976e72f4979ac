/** Signals, and the end that follows. All of it is called with the container's lock held, which the end itself waits for. */
import { constants } from 'node:os'
import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import { EndedError } from '../../containerd/launcher.ts'
import { startTimer } from '../../timer.ts'
import type { Engine } from '../engine.ts'
import { isEnd } from '../life/life.ts'
import { transition } from '../life/transition.ts'
import { publishContainerEvent } from '../life/container-event.ts'

/** A killed process ends at once, unless the kernel holds it in an uninterruptible sleep. */
const killedWithinMs = 10_000

export interface Termination {
  /** To be awaited without the lock. True once the process has ended and nothing of the run is left; false after the time. */
  hasEnded: Promise<boolean>
}

/** A user wants this run to be the last: the restart policy stays out of it, and a restart that is pending is off. */
export function endByUser(engine: Engine, container: ContainerRecord): void {
  const life = engine.lives.of(container.id)
  life.isStopping = true
  container.state.isStoppedByUser = true
  if (container.state.status !== 'restarting') return engine.store.containers.put(container.id, container)
  life.cancelRestart()
  transition(engine, container, 'cancel')
}

export async function sendSignal(engine: Engine, container: ContainerRecord, signal: number): Promise<void> {
  if (signal === constants.signals.SIGKILL) engine.lives.of(container.id).isKilled = true
  await engine.launcher.tasks.kill(container.id, signal)
  publishContainerEvent(engine, container, 'kill', { signal: String(signal) })
  // A frozen process takes its signal only when it thaws (cgroup v1's freezer holds back even KILL).
  if (container.state.status !== 'paused') return
  try {
    await engine.launcher.tasks.resume(container.id)
    // What comes before its end is told, another signal for one, finds no frozen process.
    transition(engine, container, 'unpause')
    publishContainerEvent(engine, container, 'unpause')
  } catch (error) {
    if (!(error instanceof EndedError)) throw error
  }
}

export async function terminate(
  engine: Engine,
  container: ContainerRecord,
  signal: number,
  timeoutMs: number,
): Promise<Termination> {
  await sendSignal(engine, container, signal)
  return { hasEnded: untilEnded(engine, container.id, timeoutMs) }
}

/** `hasEnded` rejects when KILL was of no use. */
export async function kill(engine: Engine, container: ContainerRecord): Promise<Termination> {
  const { id } = container
  const { hasEnded } = await terminate(engine, container, constants.signals.SIGKILL, killedWithinMs)
  return {
    hasEnded: hasEnded.then((isOver) => {
      if (!isOver)
        throw errors.internal(
          `Could not kill running container ${id}: tried to kill container, but did not receive an exit event`,
        )
      return true
    }),
  }
}

async function untilEnded(engine: Engine, id: string, timeoutMs: number): Promise<boolean> {
  const patience = new AbortController()
  const timer = startTimer(timeoutMs, () => patience.abort())
  const transition = await engine.lives.of(id).next(isEnd, patience.signal)
  timer.cancel()
  if (transition === undefined) return false
  await cleared(engine, id)
  return true
}

/** What a run leaves behind is taken back under the lock that its end was told with. */
export async function cleared({ locks }: Pick<Engine, 'locks'>, id: string): Promise<void> {
  await locks.run(`container:${id}`, async () => {}, { isFirst: true })
}
