import type { Namespace } from '../../../api/trestle/namespaces.ts'
import { ApiError, errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { KernelError } from '../../kernel/kernel.ts'
import type { NamespaceRecord } from '../../store/records.ts'
import { isPinned, namespacePath } from './pin.ts'

/** Undefined also for a namespace that somebody took away (`ip netns delete`): then its record is dropped. */
export async function findNamespace(engine: Engine, name: string): Promise<NamespaceRecord | undefined> {
  const record = engine.store.namespaces.get(name)
  if (record === undefined || (await isPinned(namespacePath(engine, name)))) return record
  if (engine.store.namespaces.get(name) === record) engine.store.namespaces.delete(name)
  return undefined
}

export async function inspectNamespace(engine: Engine, name: string): Promise<Namespace> {
  const record = await findNamespace(engine, name)
  if (record === undefined) throw errors.namespaceNotFound(name)
  return present(engine, record)
}

/** In the order of their creation. */
export async function listNamespaces(engine: Engine): Promise<Namespace[]> {
  const found = await Promise.all(
    engine.store.namespaces.keys().map(async (name) => {
      try {
        return await inspectNamespace(engine, name)
      } catch (error) {
        if (error instanceof ApiError && error.code === 'namespaceNotFound') return undefined
        throw error
      }
    }),
  )
  return found.filter((namespace) => namespace !== undefined)
}

async function present(engine: Engine, { name, labels }: NamespaceRecord): Promise<Namespace> {
  const path = namespacePath(engine, name)
  try {
    return { name, labels, path, inode: await engine.kernel.inode(path) }
  } catch (error) {
    // It has gone since its record was found.
    if (error instanceof KernelError && error.errno === 'ENOENT') throw errors.namespaceNotFound(name)
    throw error
  }
}
