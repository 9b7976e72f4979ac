import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { destination, type Move } from './table.ts'

type Facts = Partial<{ [Key in keyof ContainerRecord['state']]: ContainerRecord['state'][Key] | undefined }>

/**
 * The only place where a container's status changes: the record says so, then everyone who watches. `facts` go into the
 * record with it. The caller holds the container's lock, and has asked (./refusals.ts) whether the operation is allowed.
 */
export function transition(
  engine: Pick<Engine, 'store' | 'lives'>,
  container: ContainerRecord,
  move: Move,
  facts: Facts = {},
): void {
  const { id, state } = container
  const from = state.status
  const to = destination(move, from)
  if (to === undefined) throw new Error(`container ${id}: there is no '${move}' from ${from}`)
  const life = engine.lives.of(id)
  if (to === 'gone') {
    engine.store.containers.delete(id)
    engine.lives.end(id)
  } else {
    Object.assign(state, facts, { status: to })
    if (to !== 'running' && to !== 'paused') life.pid = undefined
    engine.store.containers.put(id, container)
  }
  life.tell({ move, from, to, exitCode: state.exitCode })
}
