import type { ContainerRecord, ContainerStatus } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { statusOf } from '../life/status.ts'
import { findContainer } from './find.ts'

export interface ContainerView {
  container: ContainerRecord
  status: ContainerStatus
  /** As the daemon sees it; 0 when it does not run. */
  pid: number
  /** Of what is being executed in it. */
  execIds: string[]
}

export function inspectContainer(engine: Engine, reference: string): ContainerView {
  const container = findContainer(engine, reference)
  const { pid, execs } = engine.lives.of(container.id)
  return {
    container,
    status: statusOf(engine, container),
    pid: pid ?? 0,
    execIds: [...execs.values()].filter((exec) => exec.isRunning).map((exec) => exec.id),
  }
}
