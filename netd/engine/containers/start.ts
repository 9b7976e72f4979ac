import { errors } from '../../../api/errors.ts'
import { StartError } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { openSandbox } from '../sandbox/open-sandbox.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { publishMountEvents } from '../volumes/volume-event.ts'
import { publishContainerEvent } from './container-event.ts'
import { resolveEndpoints } from './endpoints.ts'
import { findContainer } from './find.ts'
import { createMountSources, launchSpec } from './launch-spec.ts'
import { cancelRestart } from './restart-policy.ts'
import { removeContainer } from './remove.ts'
import { isRunning } from './state.ts'

/** False when it ran already. A failure closes what was opened, and stands in the container's state; `--rm` removes it then, too. */
export async function startContainer(engine: Engine, reference: string): Promise<boolean> {
  const { id } = findContainer(engine, reference)
  cancelRestart(engine, id)
  try {
    return await startLocked(engine, id)
  } catch (error) {
    const container = engine.store.containers.get(id)
    if (container?.hostConfig.AutoRemove === true && container.state.error !== '')
      await removeContainer(engine, id, { isForced: true })
    throw error
  }
}

function startLocked(engine: Engine, id: string): Promise<boolean> {
  return engine.locks.run(`container:${id}`, async () => {
    const container = findContainer(engine, id)
    if (container.state.status === 'paused')
      throw errors.conflict('cannot start a paused container, try unpause instead')
    if (isRunning(container)) return false
    if (engine.runtime.removing.has(id)) throw errors.conflict('container is marked for removal and cannot be started')
    container.state.restartCount = 0
    container.state.isStoppedByUser = false
    await launch(engine, container)
    return true
  })
}

/** The caller holds the container's lock. */
export async function launch(engine: Engine, container: ContainerRecord): Promise<void> {
  const { id, state } = container
  engine.runtime.stopping.delete(id)
  let isMounted = false
  let sandbox: Sandbox | undefined
  try {
    resolveEndpoints(engine, container)
    await createMountSources(container)
    sandbox = await openSandbox(engine, container)
    const spec = launchSpec(engine, container, sandbox)
    publishMountEvents(engine, container, 'mount')
    isMounted = true
    const { pid } = await engine.launcher.tasks.start(spec, sandbox.ready)
    engine.runtime.pids.set(id, pid)
  } catch (error) {
    // What is still being plugged would come after the closing.
    await sandbox?.ready.catch(() => {})
    await closeSandbox(engine, container)
    if (isMounted) publishMountEvents(engine, container, 'unmount')
    Object.assign(state, {
      status: state.startedAt === undefined ? 'created' : 'exited',
      // 127 and 126 for a command that is not there or cannot be run, 128 for everything else, as dockerd has it.
      exitCode: error instanceof StartError ? error.exitCode : 128,
      error: (error as Error).message,
    })
    engine.store.containers.put(id, container)
    engine.runtime.announce(id, { to: 'not-started' })
    throw error
  }
  Object.assign(state, {
    status: 'running',
    exitCode: 0,
    error: '',
    isOomKilled: false,
    startedAt: engine.now().toISOString(),
    finishedAt: undefined,
  })
  engine.store.containers.put(id, container)
  publishContainerEvent(engine, container, 'start')
  engine.runtime.announce(id, { to: 'running' })
}
