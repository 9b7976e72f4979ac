import { errors } from '../../../api/errors.ts'
import { EndedError } from '../../containerd/launcher.ts'
import type { TerminalSize } from '../containers/resize.ts'
import type { Engine } from '../engine.ts'
import { findExec } from './find.ts'

export async function resizeExec(engine: Engine, id: string, size: TerminalSize): Promise<void> {
  const exec = findExec(engine, id)
  const notRunning = (): Error => errors.conflict(`exec ${id} is not running`)
  if (!exec.isRunning || exec.pid === 0) throw notRunning()
  await engine.launcher.tasks.resize(exec.containerId, size, id).catch((error: unknown) => {
    throw error instanceof EndedError ? notRunning() : error
  })
}
