import { expect, test } from 'vitest'
import { containerFilter } from '../../../../netd/engine/containers/container-filter.ts'
import type { Engine } from '../../../../netd/engine/engine.ts'
import { Lives } from '../../../../netd/engine/life/lives.ts'
import type { ContainerRecord } from '../../../../netd/store/records.ts'

test('a container is found under the status that the list shows', async () => {
  const lives = new Lives()
  const container = { id: 'going', options: { labels: {} }, state: { status: 'exited' } } as ContainerRecord
  lives.of(container.id).isBeingRemoved = true
  const isFound = async (status: string): Promise<boolean> =>
    (await containerFilter({ lives } as Engine, { status: [status] }))(container)
  expect(await isFound('removing')).toBe(true)
  expect(await isFound('exited')).toBe(false)
})
