import type { Engine } from '../engine.ts'
import { permits } from '../life/refusals.ts'
import { isRunning } from '../life/status.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { findContainer } from './find.ts'
import { lockContainer } from './lock.ts'
import { parseSignal } from './signals.ts'
import { endByUser, kill, terminate } from './terminate.ts'

const defaultGraceSeconds = 10

export interface StopOptions {
  signal?: string | undefined
  /** How long the container has to end by itself before it is killed; -1 is for ever. */
  graceSeconds?: number | undefined
}

/** False when it did not run. Resolves once the container has ended and its network is gone. */
export async function stopContainer(
  engine: Engine,
  reference: string,
  { signal, graceSeconds }: StopOptions,
): Promise<boolean> {
  const container = findContainer(engine, reference)
  const asked = await lockContainer(engine, reference, async () => {
    if (!permits(engine, 'stop', container, reference)) return 'unchanged'
    const number = parseSignal(signal || container.options.process.stopSignal || 'TERM')
    const seconds = graceSeconds ?? container.options.process.stopTimeoutSeconds ?? defaultGraceSeconds
    endByUser(engine, container)
    return isRunning(container)
      ? terminate(engine, container, number, seconds < 0 ? Infinity : seconds * 1000)
      : undefined
  })
  if (asked === 'unchanged') return false
  if (asked !== undefined && !(await asked.hasEnded)) {
    const killing = await engine.locks.run(`container:${container.id}`, async () =>
      isRunning(container) ? kill(engine, container) : undefined,
    )
    await killing?.hasEnded
  }
  publishContainerEvent(engine, container, 'stop')
  return true
}
