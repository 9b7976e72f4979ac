import type { Engine } from '../engine.ts'

/** Ids of the containers that have it mounted, whether they run or not. */
export function usersOf({ store }: Pick<Engine, 'store'>, name: string): string[] {
  const has = ({ type, ...mount }: { type: string; source?: string }): boolean =>
    type === 'volume' && mount.source === name
  return [...store.containers.values(), ...store.drafts.values()]
    .filter(({ mounts }) => mounts.some(has))
    .map(({ id }) => id)
}
