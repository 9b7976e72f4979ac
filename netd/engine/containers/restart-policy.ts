/** Restart policies: https://docs.docker.com/engine/containers/start-containers-automatically/ */
import type { ContainerRecord } from '../../store/records.ts'

const firstDelayMs = 100
const longestDelayMs = 60_000
/** A container that ran this long has recovered: the next delay is the first one again. */
const recoveredAfterMs = 10_000

/** After an exit that no user asked for. */
export function restartsAfterExit({ options, state }: ContainerRecord): boolean {
  const policy = options.restart
  switch (policy?.name) {
    case 'always':
    case 'unless-stopped':
      return true
    case 'on-failure':
      return state.exitCode !== 0 && (policy.retries === 0 || (state.restartCount ?? 0) < policy.retries)
    default:
      return false
  }
}

/** After the daemon found the container not running at its own start. */
export function restartsWithDaemon(container: ContainerRecord): boolean {
  const { options, state } = container
  if (state.startedAt === undefined) return false
  if (options.restart?.name === 'always') return true
  return state.isStoppedByUser !== true && restartsAfterExit(container)
}

/** Of the run that has just ended. */
export function runLengthMs({ startedAt, finishedAt }: ContainerRecord['state']): number {
  return startedAt === undefined || finishedAt === undefined ? 0 : Date.parse(finishedAt) - Date.parse(startedAt)
}

/** How long to wait before the next start, after a wait of `lastMs` for this one, which ran so long; 0 when it failed. */
export function nextDelayMs(ranMs: number, lastMs: number | undefined): number {
  return ranMs >= recoveredAfterMs || lastMs === undefined ? firstDelayMs : Math.min(longestDelayMs, lastMs * 2)
}
