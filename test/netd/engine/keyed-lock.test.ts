import { expect, test } from 'vitest'
import { KeyedLock } from '../../../netd/engine/keyed-lock.ts'

test('one at a time and in order, but for what comes first; and idle once all are done', async () => {
  const lock = new KeyedLock()
  const order: string[] = []
  const note = (name: string) => async (): Promise<void> => void order.push(name)
  const gate = Promise.withResolvers<void>()
  const failing = lock.run('a', async () => {
    await gate.promise
    throw new Error('of one holder')
  })
  const others = [
    lock.run('a', note('second')),
    lock.run('a', note('third')),
    lock.run('a', note('first'), { isFirst: true }),
  ]
  await lock.run('b', note('elsewhere'))
  const idle = lock.idle().then(note('idle'))
  gate.resolve()
  await expect(failing).rejects.toThrow('of one holder')
  await Promise.all([...others, idle])
  expect(order).toEqual(['elsewhere', 'first', 'second', 'third', 'idle'])
  await lock.idle()
})
