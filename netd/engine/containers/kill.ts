import { constants } from 'node:os'
import { ApiError } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { permits } from '../life/refusals.ts'
import { isRunning } from '../life/status.ts'
import { findContainer } from './find.ts'
import { lockContainer } from './lock.ts'
import { parseSignal } from './signals.ts'
import { endByUser, kill, sendSignal } from './terminate.ts'

/** With KILL, the default, resolves once the container has ended; one that waits for its restart has ended with that. */
export async function killContainer(engine: Engine, reference: string, signalName: string | undefined): Promise<void> {
  const signal = signalName ? parseSignal(signalName) : constants.signals.SIGKILL
  mustExist(engine, reference)
  const termination = await lockContainer(engine, reference, async (container) => {
    permits(engine, 'kill', container, reference)
    if (signal === constants.signals.SIGKILL || signal === parseSignal(container.options.process.stopSignal || 'TERM'))
      endByUser(engine, container)
    if (!isRunning(container)) return undefined
    if (signal === constants.signals.SIGKILL) return kill(engine, container)
    await sendSignal(engine, container, signal)
    return undefined
  })
  await termination?.hasEnded
}

function mustExist(engine: Engine, reference: string): void {
  try {
    findContainer(engine, reference)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError(error.code, error.status, `Cannot kill container: ${reference}: ${error.message}`)
  }
}
