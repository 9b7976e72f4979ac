import { expect, test } from 'vitest'
import { createNamespace } from '../../../../netd/engine/namespaces/create-namespace.ts'
import { deleteNamespace } from '../../../../netd/engine/namespaces/delete-namespace.ts'
import { inspectNamespace, listNamespaces } from '../../../../netd/engine/namespaces/find-namespace.ts'
import type { Namespace } from '../../../../netd/kernel/kernel.ts'
import { openLaboratory } from '../engine-in.ts'

test('one that goes between its record and its inode is not listed, and is not found', async () => {
  await using lab = await openLaboratory()
  const { engine } = lab
  const kernel = Object.create(engine.kernel, {
    inode: {
      value: async (path: Namespace) => {
        if (path.endsWith('/red')) await deleteNamespace(engine, 'red')
        return engine.kernel.inode(path)
      },
    },
  }) as typeof engine.kernel
  await createNamespace(engine, { name: 'red' })
  expect(await listNamespaces({ ...engine, kernel })).toEqual([])
  await createNamespace(engine, { name: 'red' })
  await expect(inspectNamespace({ ...engine, kernel }, 'red')).rejects.toMatchObject({ code: 'namespaceNotFound' })
})
