/** More notifications than a socket holds: what was lost is told, and what comes afterwards is heard. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { KernelStep } from '../../../netd/kernel/kernel.ts'
import { eventually } from '../../support/eventually.ts'
import { testHost } from './host.ts'

test('an overrun is told as resync, and the watch goes on', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const seen = new Set<string>()
  await kernel.watch(namespace, (change) => seen.add(change))
  const routes = Array.from({ length: 30_000 }, (_, at) => `route add blackhole 10.1.${at >> 8}.${at & 255}`)
  // Synchronously: nothing is read meanwhile.
  execFileSync('nsenter', [`--net=${namespace}`, 'ip', '-batch', '-'], { input: routes.join('\n') })
  await eventually(() => expect([...seen].toSorted()).toEqual(['resync', 'route']))
  seen.clear()
  await host.in(namespace, ['ip', 'link', 'add', 'br0', 'type', 'bridge'])
  await eventually(() => expect([...seen]).toContain('link'))
  expect(seen).not.toContain('resync')
})

/** Each overruns a socket with ENOBUFS, which the kernel tells without the name of a system call. */
test('hundreds of links that end at once end nobody', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.watch(namespace, () => {})
  const names = Array.from({ length: 1000 }, (_, at) => `v${at}`)
  await kernel.apply(
    names.map((name, at): KernelStep => ({
      do: 'link.add',
      namespace,
      name,
      kind: 'veth',
      peer: { namespace, name: `p${at}` },
    })),
  )
  expect(await kernel.teardown(names.map((name) => ({ do: 'link.delete', namespace, name })))).toEqual([])
  expect(await kernel.links(namespace)).toHaveLength(1)
})
