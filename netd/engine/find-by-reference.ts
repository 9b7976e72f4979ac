import { errors } from '../../api/errors.ts'
import type { Collection } from '../store/collection.ts'

/** By full id, name (with or without its slash) or unambiguous id prefix, in that order, as dockerd resolves a container. */
export function findByReference<Value extends { id: string; name: string }>(
  records: Collection<Value>,
  reference: string,
): Value {
  const name = reference.replace(/^\//, '')
  const exact = records.get(reference) ?? records.find((record) => record.name === name)
  if (exact !== undefined) return exact
  const matches = /^[0-9a-f]+$/.test(reference) ? records.values().filter(({ id }) => id.startsWith(reference)) : []
  if (matches.length > 1) throw errors.invalidParameter(`Multiple IDs found with provided prefix: ${reference}`)
  if (matches[0] === undefined) throw errors.containerNotFound(reference)
  return matches[0]
}
