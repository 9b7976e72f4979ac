import { EventEmitter, once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TaskExit } from '../../../../netd/containerd/api/events.ts'
import type { Connection } from '../../../../netd/containerd/connection.ts'
import type { ExitEvent } from '../../../../netd/containerd/launcher.ts'
import { Exits } from '../../../../netd/containerd/tasks/exits.ts'
import { silent } from '../fixture.ts'

/** containerd's events, as the test sends them, and its answer to every question about a process. */
function world(process: object) {
  const told = new EventEmitter()
  let stream = new EventEmitter()
  const connection = {
    subscribe: () => (stream = Object.assign(new EventEmitter(), { cancel: () => {} })),
    ready: async () => {},
    call: async () => ({ process }),
  } as unknown as Connection
  const exits = new Exits(connection, { namespace: 'test', log: silent, revive: async () => {} })
  exits.listen((event) => told.emit('exit', event))
  exits.open()
  const exit = (pid: number, exitStatus: number): void => {
    const value = TaskExit.encode({ containerId: 'web', id: 'web', pid, exitStatus })
    stream.emit('data', { topic: '/tasks/exit', event: { value } })
  }
  return {
    exits,
    exit,
    breakOff: () => stream.emit('close'),
    next: async () => (await once(told, 'exit')) as [ExitEvent],
  }
}

test("an earlier run's end, told late, is not that of the run that goes on", async () => {
  const { exits, exit, next } = world({})
  const first = next()
  exit(7, 137)
  exits.track('web', 8)
  await setImmediate()
  exit(7, 137)
  exit(8, 3)
  expect(await first).toMatchObject([{ id: 'web', exitCode: 3 }])
  exits.close()
})

test('what ended while no events came is told, execs included', async () => {
  const { exits, breakOff, next } = world({ status: 3, exitStatus: 4, exitedAt: undefined })
  exits.track('web', 8, 'some')
  const ended = next()
  breakOff()
  expect(await ended).toMatchObject([{ id: 'web', execId: 'some', exitCode: 4 }])
  exits.close()
})
