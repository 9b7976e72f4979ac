/** Questions about a container's state, and the conflicts they answer with. */
import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'

/** With a process: paused is running, too. */
export function isRunning({ state }: ContainerRecord): boolean {
  return state.status === 'running' || state.status === 'paused'
}

export function mustRun(container: ContainerRecord): void {
  if (!isRunning(container)) throw errors.conflict(`Container ${container.id} is not running`)
}
