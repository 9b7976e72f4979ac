import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** By full id, name (with or without its slash) or unambiguous id prefix, in that order, as dockerd resolves it. */
export function findContainer({ store }: Pick<Engine, 'store'>, reference: string): ContainerRecord {
  const exact = store.containers.get(reference) ?? findByName({ store }, reference.replace(/^\//, ''))
  if (exact !== undefined) return exact
  const matches = /^[0-9a-f]+$/.test(reference)
    ? store.containers.values().filter(({ id }) => id.startsWith(reference))
    : []
  if (matches.length > 1) throw errors.invalidParameter(`Multiple IDs found with provided prefix: ${reference}`)
  if (matches[0] === undefined) throw errors.containerNotFound(reference)
  return matches[0]
}

export function findByName({ store }: Pick<Engine, 'store'>, name: string): ContainerRecord | undefined {
  return store.containers.find((container) => container.name === name)
}
