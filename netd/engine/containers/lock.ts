import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findContainer } from './find.ts'

/** What is done to one container is done one thing at a time, with its record as it is by then. */
export async function lockContainer<T>(
  engine: Engine,
  reference: string,
  work: (container: ContainerRecord) => Promise<T>,
): Promise<T> {
  const { id } = findContainer(engine, reference)
  return engine.locks.run(`container:${id}`, async () => {
    const container = engine.store.containers.get(id)
    if (container === undefined) throw errors.containerNotFound(reference)
    return work(container)
  })
}
