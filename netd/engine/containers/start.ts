import { StartError } from '../../containerd/launcher.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { permits } from '../life/refusals.ts'
import { transition } from '../life/transition.ts'
import { closeSandbox } from '../sandbox/close-sandbox.ts'
import { openSandbox } from '../sandbox/open-sandbox.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { publishMountEvents } from '../volumes/volume-event.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'
import { createMountSources, launchSpec } from './launch-spec.ts'
import { mustBeJoinable } from './joined.ts'
import { lockContainer } from './lock.ts'
import { removeContainer } from './remove.ts'

/** False when it ran already. A failure closes what was opened, and stands in the container's state; `--rm` removes it then, too. */
export async function startContainer(engine: Engine, reference: string): Promise<boolean> {
  const { id } = findContainer(engine, reference)
  try {
    return await lockContainer(engine, reference, async (container) => {
      if (!permits(engine, 'start', container, reference)) return false
      container.state.restartCount = 0
      container.state.isStoppedByUser = false
      engine.lives.of(id).cancelRestart()
      await launch(engine, container)
      return true
    })
  } catch (error) {
    const container = engine.store.containers.get(id)
    if (container?.options.isRemovedAtExit === true && container.state.error !== '')
      await removeContainer(engine, id, { isForced: true }).catch(({ message }: Error) =>
        engine.log.error(`container ${container.name} could not be removed after its start failed: ${message}`),
      )
    throw error
  }
}

/** The caller holds the container's lock. */
export async function launch(engine: Engine, container: ContainerRecord): Promise<void> {
  const life = engine.lives.of(container.id)
  life.isStopping = false
  life.isKilled = false
  let isMounted = false
  let sandbox: Sandbox | undefined
  let pid: number
  try {
    await createMountSources(container)
    sandbox = await openSandbox(engine, container.id)
    const spec = launchSpec(engine, container, sandbox)
    publishMountEvents(engine, container, 'mount')
    isMounted = true
    ;({ pid } = await engine.launcher.tasks.start(spec, sandbox.ready))
  } catch (error) {
    // What is still being plugged would come after the closing.
    await sandbox?.ready.catch(() => {})
    await closeSandbox(engine, container.id)
    if (isMounted) publishMountEvents(engine, container, 'unmount')
    // What it joins may have ended while runc looked for it: that is the reason then.
    const reason = notJoinable(engine, container) ?? error
    transition(engine, container, 'fail', {
      // 127 and 126 for a command that is not there or cannot be run, 128 for everything else, as dockerd has it.
      exitCode: reason instanceof StartError ? reason.exitCode : 128,
      error: (reason as Error).message,
    })
    throw reason
  }
  life.pid = pid
  transition(engine, container, 'start', {
    exitCode: 0,
    error: '',
    isOomKilled: false,
    startedAt: engine.now().toISOString(),
    finishedAt: undefined,
  })
  publishContainerEvent(engine, container, 'start')
}

function notJoinable(engine: Engine, container: ContainerRecord): unknown {
  try {
    mustBeJoinable(engine, container)
    return undefined
  } catch (reason) {
    return reason
  }
}
