/** A kernel thread that ends, of itself or by a mistake: who waits for it hears so, and the next one is answered by another thread. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import koffi from 'koffi'
import { expect, test } from 'vitest'
import { Channel } from '../../../netd/kernel/channel.ts'
import { ownNamespace } from '../../../netd/kernel/namespace.ts'
import { eventually } from '../../support/eventually.ts'
import { testHost } from './host.ts'

const dup2: (from: number, to: number) => number = koffi.load(null).func('int dup2(int from, int to)')

/** Object itself, which gives the thread back what it was given; that cannot cross, and the thread ends over it as over any mistake of ours. */
const fatal = 'constructor' as 'inode'

const kernelThreads = () =>
  readdirSync('/proc/self/task').filter((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith('kernel-test')
    } catch {
      return false
    }
  })
/** Descriptors of this process that are its own namespace. */
const homes = () => {
  const own = readlinkSync(ownNamespace)
  const isOwn = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === own
    } catch {
      return false
    }
  }
  return new Set(readdirSync('/proc/self/fd').filter(isOwn).map(Number))
}
const descriptors = () => readdirSync('/proc/self/fd').length

test('what it was asked is rejected, and another thread takes its place', async () => {
  const channel = new Channel('test')
  expect(await channel.call('inode', ownNamespace)).toBeGreaterThan(0)
  const waiting = [channel.call(fatal, ownNamespace), channel.call('run', 1, ownNamespace, ['sleep', '1'], {})]
  for (const call of waiting)
    await expect(call).rejects.toMatchObject({
      name: 'KernelError',
      errno: 'EPIPE',
      message: expect.stringContaining('the kernel thread test died: '),
    })
  expect(await channel.call('inode', ownNamespace)).toBeGreaterThan(0)
  await channel.close()
  await expect(channel.call('inode', ownNamespace)).rejects.toThrow('the kernel thread test was closed')
})

test('an idle thread ends and leaves nothing open; the next call starts another', async () => {
  const before = descriptors()
  const channel = new Channel('test', { idleMs: 50 })
  for (let round = 0; round < 2; round++) {
    expect(await channel.call('hasTable', ownNamespace, 'no-such-table')).toBe(false)
    expect(kernelThreads()).toHaveLength(1)
    await eventually(() => expect(kernelThreads()).toEqual([]))
    expect(descriptors()).toBe(before)
  }
  channel.wake()
  await eventually(() => expect(kernelThreads()).toHaveLength(1))
  await eventually(() => expect(kernelThreads()).toEqual([]))
  await channel.close()
})

test('a thread that cannot come home serves nobody from where it is', async () => {
  await using host = await testHost()
  const before = homes()
  const channel = new Channel('test')
  await channel.call('inode', ownNamespace)
  // The way home is a descriptor; something that is no namespace takes its number, at once, so that no other thread can.
  const [lost] = [...homes().difference(before)] as [number]
  const other = openSync('/dev/null', 'r')
  expect(dup2(other, lost)).toBe(lost)
  closeSync(other)
  await expect(channel.call('link', host.namespace, 1)).rejects.toThrow(
    /^link: the kernel thread test died: it could not return to the daemon's namespace: setns: Invalid argument/,
  )
  expect(await channel.call('link', ownNamespace, 1)).toEqual(await host.kernel.link(ownNamespace, 1))
  await channel.close()
})
