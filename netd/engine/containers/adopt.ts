/** After a restart of the daemon: what runs goes on, what ended meanwhile is told so, what a crash left half made goes. */
import { setTimeout } from 'node:timers/promises'
import type { RunningTask } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isRunning } from '../life/status.ts'
import { transition } from '../life/transition.ts'
import { adoptSandboxes } from '../sandbox/adopt-sandboxes.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { removeAnonymousVolumes } from '../volumes/remove-volume.ts'
import { collectUnowned } from './collect-unowned.ts'
import { containerExited } from './exit.ts'
import { discardDraft } from './discard-draft.ts'
import { replaceLostSandboxes, setAsideOrphanSandboxes } from './pair-sandboxes.ts'
import { removeContainer } from './remove.ts'
import { restartLater } from './restart-later.ts'
import { restartsWithDaemon } from './restart-policy.ts'

/** dockerd's exit code of a container whose end nobody saw. */
const unknownExitCode = 255
/** A shim that hangs is no reason not to serve the others. */
const settledWithinMs = 10_000

/** After the networks stand again, and after ./exit.ts listens. */
export async function adoptContainers(engine: Engine): Promise<void> {
  const tasks = new Map((await engine.launcher.tasks.adopt()).map((task) => [task.id, task]))
  for (const container of engine.store.containers.values()) {
    const task = tasks.get(container.id)
    if (task !== undefined && isAlive(task)) markAlive(engine, container, task)
  }
  replaceLostSandboxes(engine)
  await adoptSandboxes(engine, (id) => engine.lives.of(id).pid !== undefined)
  await setAsideOrphanSandboxes(engine)
  const { containers, drafts } = engine.store
  const work = [
    ...containers
      .values()
      .map((container) =>
        settle(engine, container, tasks.get(container.id)).catch((error: Error) => setAside(engine, container, error)),
      ),
    ...[...drafts.values().map((draft) => endDraft(engine, draft)), ...strays(engine, tasks)].map((ending) =>
      ending.catch((error: Error) => engine.log.error(`left over from before: ${error.message}`)),
    ),
  ]
  const late = Symbol('late')
  const settled = Promise.all(work)
    .then(() => collectUnowned(engine))
    .catch((error: Error) => engine.log.error(`what no record knows could not be collected: ${error.message}`))
  if ((await Promise.race([settled, setTimeout(settledWithinMs, late, { ref: false })])) === late)
    engine.log.warn('not every container of before is settled yet; that goes on beside what is asked from now on')
}

/** It neither runs nor ended in order: it can be started again, or removed, which ends what may still be there. */
function setAside(engine: Engine, container: ContainerRecord, error: Error): void {
  engine.log.error(`container ${container.name} could not be adopted: ${error.message}`)
  if (isRunning(container))
    transition(engine, container, 'exit', { exitCode: unknownExitCode, finishedAt: engine.now().toISOString() })
  container.state.error = error.message
  engine.store.containers.put(container.id, container)
}

const isAlive = ({ status }: RunningTask): boolean => status === 'running' || status === 'paused'

function markAlive(engine: Engine, container: ContainerRecord, task: RunningTask): void {
  const { id, state } = container
  // What was about to be removed, or could not be, is no more to be had for it.
  if (state.status === 'removing' || state.status === 'dead') return
  engine.lives.of(id).pid = task.pid
  // Killed between the process's start and the record of it.
  if (!isRunning(container))
    transition(engine, container, 'start', { startedAt: engine.now().toISOString(), finishedAt: undefined })
  if (state.status !== task.status) transition(engine, container, task.status === 'paused' ? 'pause' : 'unpause')
}

async function settle(engine: Engine, container: ContainerRecord, task: RunningTask | undefined): Promise<void> {
  const { id, state, options } = container
  if (state.status === 'removing') {
    if (task !== undefined) await engine.launcher.tasks.reap(id)
    await removeContainer(engine, id, { isForced: true, withVolumes: state.isRemovedWithVolumes === true })
    return
  }
  if (task !== undefined && isAlive(task)) return
  if (isRunning(container)) {
    engine.lives.of(id).isStopping = state.isStoppedByUser === true && options.restart?.name !== 'always'
    await containerExited(engine, {
      id,
      exitCode: task?.exitCode ?? unknownExitCode,
      exitedAt: task?.exitedAt ?? engine.now(),
      isOomKilled: false,
    })
    return
  }
  // A start or an exit that was cut short: nothing may be left of its network or its task.
  await Promise.all([closeSandbox(engine, id), task === undefined ? undefined : endTask(engine, task)])
  if (options.isRemovedAtExit && state.startedAt !== undefined) await removeContainer(engine, id, { isForced: true })
  else if (restartsWithDaemon(container)) restartLater(engine, id)
  else if (state.status === 'restarting') transition(engine, container, 'cancel')
}

/** Created and never started, or ended: a process may or may not be there. */
async function endTask({ launcher }: Engine, { id }: RunningTask): Promise<void> {
  await launcher.tasks.reap(id)
}

/** The daemon before ended while it made the container, or just when it had. */
async function endDraft(engine: Engine, draft: ContainerRecord): Promise<void> {
  if (engine.store.containers.get(draft.id) !== undefined) return engine.store.drafts.delete(draft.id)
  await discardDraft(engine, draft)
  await removeAnonymousVolumes(engine, draft.mounts)
}

function strays(engine: Engine, tasks: Map<string, RunningTask>): Promise<void>[] {
  return [...tasks.values()]
    .filter(({ id }) => engine.store.containers.get(id) === undefined)
    .map((task) => endStray(engine, task))
}

/** Of a container whose record was set aside or lost: the process goes; of what it wrote ./collect-unowned.ts decides. */
async function endStray(engine: Engine, task: RunningTask): Promise<void> {
  engine.log.error('a process without a record is ended', { id: task.id })
  await endTask(engine, task)
}
