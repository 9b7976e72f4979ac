/** A kernel thread that dies: who waits for it hears so, and the next one is answered by another thread. */
import { expect, test } from 'vitest'
import { Channel } from '../../../netd/kernel/channel.ts'
import { ownNamespace } from '../../../netd/kernel/namespace.ts'

/** Object itself, which gives the thread back what it was given; that cannot cross, and the thread ends over it as over any mistake of ours. */
const fatal = 'constructor' as 'endRuns'

test('what it was asked is rejected, and another thread takes its place', async () => {
  let restarts = 0
  const channel = new Channel('test', { onRestart: () => restarts++ })
  expect(await channel.call('inode', ownNamespace)).toBeGreaterThan(0)
  const waiting = [channel.call(fatal), channel.call('run', 1, ownNamespace, ['sleep', '1'], {})]
  for (const call of waiting)
    await expect(call).rejects.toMatchObject({
      name: 'KernelError',
      errno: 'EPIPE',
      message: expect.stringContaining('the kernel thread test died: '),
    })
  expect(restarts).toBe(1)
  expect(await channel.call('inode', ownNamespace)).toBeGreaterThan(0)
  await channel.close()
  await expect(channel.call('inode', ownNamespace)).rejects.toThrow('the kernel thread test was closed')
  expect(restarts).toBe(1)
})
