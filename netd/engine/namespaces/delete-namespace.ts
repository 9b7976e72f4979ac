import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { findNamespace } from './find-namespace.ts'
import { namespacePath, releaseName } from './pin.ts'

/**
 * Lets go of the namespace. The kernel takes its links once nothing runs in it any more, on its own time: deleting
 * them here would cost an RCU barrier each (~20 ms).
 */
export function deleteNamespace(engine: Engine, name: string): Promise<void> {
  return engine.locks.run(`namespace:${name}`, async () => {
    const record = await findNamespace(engine, name)
    if (record === undefined) throw errors.namespaceNotFound(name)
    const path = namespacePath(engine, name)
    await releaseName(path, name)
    const failures = await engine.kernel.teardown([{ do: 'netns.delete', path }])
    if (failures.length > 0)
      throw errors.internal(`cannot remove namespace ${name}: ${failures.map(({ message }) => message).join('; ')}`)
    engine.store.namespaces.delete(name)
    for (const link of engine.store.links.values()) {
      if (link.ends.some((end) => end.node === name)) engine.store.links.delete(link.id)
    }
    engine.events.publish({
      Type: 'namespace',
      Action: 'destroy',
      Actor: { ID: name, Attributes: { name, ...record.labels } },
    })
  })
}
