import type { Engine } from '../engine.ts'
import { publishContainerEvent } from './container-event.ts'
import { findContainer } from './find.ts'
import { killAndWait, markStopped, sendSignal, untilExit } from './kill.ts'
import { cancelRestart } from './restart-policy.ts'
import { parseSignal } from './signals.ts'
import { isRunning } from './state.ts'

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
  if (container.state.status === 'restarting') {
    cancelRestart(engine, container.id)
    container.state.status = 'exited'
    markStopped(engine, container)
    engine.runtime.stopping.delete(container.id)
    return true
  }
  if (!isRunning(container)) return false
  const number = parseSignal(signal || container.config.StopSignal || 'TERM')
  const seconds = graceSeconds ?? container.config.StopTimeout ?? defaultGraceSeconds
  markStopped(engine, container)
  const hasEnded = await untilExit(engine, container.id, seconds < 0 ? Infinity : seconds * 1000, () =>
    sendSignal(engine, container, number),
  )
  if (!hasEnded) await killAndWait(engine, container)
  publishContainerEvent(engine, container, 'stop')
  return true
}
