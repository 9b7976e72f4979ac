/** Questions about a container's state. */
import type { ContainerRecord, ContainerStatus } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** With a process: paused is running, too. */
export function isRunning({ state }: ContainerRecord): boolean {
  return state.status === 'running' || state.status === 'paused'
}

/** Running, or about to: what has to be stopped before it can be removed. */
export function isActive(container: ContainerRecord): boolean {
  return isRunning(container) || container.state.status === 'restarting'
}

/** As Docker tells it: `removing` from the request on, unless it has still to be killed. */
export function statusOf({ lives }: Pick<Engine, 'lives'>, container: ContainerRecord): ContainerStatus {
  return lives.of(container.id).isBeingRemoved && !isActive(container) ? 'removing' : container.state.status
}
