import { publishContainerEvent } from './container-event.ts'
import type { Engine } from '../engine.ts'

/** How long an ended exec can still be inspected; dockerd sweeps them as often. */
const keptMs = 5 * 60_000

export function execExited(engine: Engine, execId: string, exitCode: number): void {
  const exec = engine.lives.exec(execId)
  if (exec === undefined || (exec.hasStarted && !exec.isRunning)) return
  Object.assign(exec, { isRunning: false, exitCode, io: undefined })
  exec.exited.resolve()
  const container = engine.store.containers.get(exec.containerId)
  if (container !== undefined)
    publishContainerEvent(engine, container, 'exec_die', { execID: execId, exitCode: String(exitCode) })
  setTimeout(() => engine.lives.forgetExec(exec), keptMs).unref()
}
