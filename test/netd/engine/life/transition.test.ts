import { expect, test } from 'vitest'
import { Lives } from '../../../../netd/engine/life/lives.ts'
import { isEnd, type Transition } from '../../../../netd/engine/life/life.ts'
import { permits, type Operation } from '../../../../netd/engine/life/refusals.ts'
import type { Move } from '../../../../netd/engine/life/table.ts'
import { transition } from '../../../../netd/engine/life/transition.ts'
import type { ContainerRecord, ContainerStatus } from '../../../../netd/store/records.ts'
import { Store } from '../../../../netd/store/store.ts'

function world(status: ContainerStatus = 'created') {
  const engine = { store: new Store(':memory:'), lives: new Lives() }
  const container = {
    id: 'c0ffee',
    name: 'web',
    state: { status, exitCode: 0, error: '', isOomKilled: false },
  } as ContainerRecord
  engine.store.containers.put(container.id, container)
  return { engine, container }
}

test('a life, as the record and a watcher see it', () => {
  const { engine, container } = world()
  const seen: Transition[] = []
  void engine.lives.of(container.id).next((each) => seen.push(each) < 0)
  const course: [Move, ContainerStatus][] = [
    ['fail', 'created'],
    ['start', 'running'],
    ['pause', 'paused'],
    ['exit', 'exited'],
    ['restart', 'restarting'],
    ['cancel', 'exited'],
    ['remove', 'removing'],
    ['fail', 'dead'],
    ['remove', 'removing'],
  ]
  for (const [move, status] of course) {
    transition(engine, container, move)
    expect(container.state.status, move).toBe(status)
  }
  transition(engine, container, 'gone')
  expect(engine.store.containers.get(container.id)).toBeUndefined()
  expect(seen.map(({ move }) => move)).toEqual([...course.map(([move]) => move), 'gone'])
  expect(seen.filter(isEnd).map(({ move }) => move)).toEqual(['exit', 'cancel', 'gone'])
})

test('a move that the table has not is a bug, and changes nothing', () => {
  const { engine, container } = world('created')
  expect(() => transition(engine, container, 'pause')).toThrow("there is no 'pause' from created")
  expect(container.state.status).toBe('created')
})

const all: ContainerStatus[] = ['created', 'running', 'paused', 'restarting', 'exited', 'removing', 'dead']
const waits = 'Container c0ffee is restarting, wait until the container is running'
const notRunning = 'Container c0ffee is not running'
const marked = 'container is marked for removal and cannot be started'

test.each<[Operation, string[]]>([
  ['start', ['yes', 'no', 'cannot start a paused container, try unpause instead', 'no', 'yes', marked, marked]],
  [
    'unpause',
    ['created', 'running', 'yes', 'restarting', 'exited', 'removing', 'dead'].map((state) =>
      state === 'yes' ? 'yes' : 'Container c0ffee is not paused',
    ),
  ],
  ['stop', ['no', 'yes', 'yes', 'yes', 'no', 'no', 'no']],
  ['pause', [notRunning, 'yes', 'Container c0ffee is already paused', waits, notRunning, notRunning, notRunning]],
  [
    'exec',
    [
      notRunning,
      'yes',
      'Container web is paused, unpause the container before exec',
      waits,
      notRunning,
      notRunning,
      notRunning,
    ],
  ],
  [
    'remove',
    [
      'yes',
      'You cannot remove a running container c0ffee. Stop the container before attempting removal or force remove',
      'You cannot remove a paused container c0ffee. Unpause and then stop the container before attempting removal or force remove',
      'You cannot remove a restarting container c0ffee. Stop the container before attempting removal or force remove',
      'yes',
      'yes',
      'yes',
    ],
  ],
])('%s, in every state', (operation, answers) => {
  const answerIn = (status: ContainerStatus): string => {
    const { engine, container } = world(status)
    try {
      return permits(engine, operation, container, 'web') ? 'yes' : 'no'
    } catch (error) {
      expect((error as { status: number }).status).toBe(409)
      return (error as Error).message
    }
  }
  expect(all.map(answerIn)).toEqual(answers)
})
