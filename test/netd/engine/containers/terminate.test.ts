import { expect, test } from 'vitest'
import { sendSignal } from '../../../../netd/engine/containers/terminate.ts'
import type { Engine } from '../../../../netd/engine/engine.ts'
import { EventBus } from '../../../../netd/engine/events.ts'
import { Lives } from '../../../../netd/engine/life/lives.ts'
import type { ContainerRecord } from '../../../../netd/store/records.ts'
import { Store } from '../../../../netd/store/store.ts'

test('a signal thaws a paused container once, which from then on runs: runc refuses to thaw what runs', async () => {
  const asked: string[] = []
  const tasks = { kill: async () => void asked.push('kill'), resume: async () => void asked.push('resume') }
  const events = new EventBus(() => new Date(0))
  const engine = { store: new Store(':memory:'), lives: new Lives(), events, launcher: { tasks } } as unknown as Engine
  const container = {
    id: 'c0ffee',
    name: 'web',
    options: { labels: {} },
    state: { status: 'paused', exitCode: 0, error: '', isOomKilled: false },
  } as unknown as ContainerRecord
  engine.store.containers.put(container.id, container)

  await sendSignal(engine, container, 15)
  await sendSignal(engine, container, 9)

  expect(asked).toEqual(['kill', 'resume', 'kill'])
  expect(container.state.status).toBe('running')
})
