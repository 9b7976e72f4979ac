/** The states of a container, which are Docker's own words, and every move between them; docs/architecture.md draws them. */
import type { ContainerStatus } from '../../store/records.ts'

type Row = Partial<Record<ContainerStatus, ContainerStatus | 'gone'>>

export const moves = {
  /** Its process runs. */
  start: { created: 'running', exited: 'running', restarting: 'running' },
  pause: { running: 'paused' },
  unpause: { paused: 'running' },
  exit: { running: 'exited', paused: 'exited' },
  /** By its policy, once a delay is over. */
  restart: { exited: 'restarting' },
  /** A user ends the wait for the restart. */
  cancel: { restarting: 'exited' },
  remove: { created: 'removing', exited: 'removing', dead: 'removing' },
  gone: { removing: 'gone' },
  /** Of a start, or of a removal. */
  fail: { created: 'created', exited: 'exited', restarting: 'exited', removing: 'dead' },
} as const satisfies Record<string, Row>

export type Move = keyof typeof moves

export function destination(move: Move, from: ContainerStatus): ContainerStatus | 'gone' | undefined {
  const row: Row = moves[move]
  return row[from]
}
