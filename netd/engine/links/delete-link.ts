import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { findLink, locateLink } from './find-link.ts'

export async function deleteLink(engine: Engine, id: string): Promise<void> {
  const record = findLink(engine, id)
  const step = await locateLink(engine, record)
  const failures = step === undefined ? [] : await engine.kernel.teardown([step])
  if (failures.length > 0)
    throw errors.internal(`cannot remove link ${record.id}: ${failures.map(({ message }) => message).join('; ')}`)
  engine.store.links.delete(record.id)
  engine.events.publish({ Type: 'link', Action: 'destroy', Actor: { ID: record.id, Attributes: { ...record.labels } } })
}
