import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findByReference } from '../find-by-reference.ts'

/** 404 for none, 400 for a prefix of several ids. */
export function findContainer({ store }: Pick<Engine, 'store'>, reference: string): ContainerRecord {
  return findByReference(store.containers, reference)
}

export function findByName({ store }: Pick<Engine, 'store'>, name: string): ContainerRecord | undefined {
  return store.containers.find((container) => container.name === name)
}
