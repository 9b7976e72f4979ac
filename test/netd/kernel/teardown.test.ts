import { readdirSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { KernelStep } from '../../../netd/kernel/kernel.ts'
import type { NftElement } from '../../../netd/netlink/nfnetlink/commands.ts'
import { testHost } from './host.ts'

test('goes as far as it can: what is gone is no error, what fails is told, the rest is done', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([
    { do: 'link.add', namespace, name: 'br0', kind: 'bridge' },
    { do: 'link.add', namespace, name: 'va', kind: 'veth', peer: { namespace, name: 'vb' } },
  ])
  const failures = await kernel.teardown([
    { do: 'route.delete', namespace, destination: '10.0.0.0/8' },
    { do: 'address.delete', namespace, link: 'va', address: '10.0.0.1/24' },
    { do: 'link.delete', namespace, name: 'absent' },
    { do: 'link.delete', namespace, name: 'lo' },
    { do: 'link.delete', namespace, name: 'va' },
    { do: 'link.delete', namespace: host.path('absent'), name: 'eth0' },
    { do: 'nft.elements.delete', namespace, table: 'absent', set: 'absent', elements: [{ key: [{ port: 1 }] }] },
    { do: 'netns.delete', path: host.path('absent') },
    { do: 'link.delete', namespace, name: 'br0' },
  ])
  expect(failures.map(({ message, step }) => [message, step])).toEqual([
    ['link.delete lo: Operation not supported (EOPNOTSUPP)', 3],
  ])
  expect((await host.json(namespace, ['ip', '-j', 'link'])).map(({ ifname }: { ifname: string }) => ifname)).toEqual([
    'lo',
  ])
})

test('callers who wait at the same time share the work and not the errors', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const count = 12
  const element = (index: number): NftElement => ({ key: [{ ifname: `v${index}` }] })
  await kernel.apply([
    {
      do: 'nft.transaction',
      namespace,
      commands: [
        { do: 'add', family: 'inet', table: 't', object: 'table' },
        { do: 'add', family: 'inet', table: 't', object: 'set', set: 's', key: ['ifname'] },
      ],
    },
    ...Array.from({ length: count }, (_, index): KernelStep[] => [
      { do: 'link.add', namespace, name: `v${index}`, kind: 'veth', peer: { namespace, name: `p${index}` } },
      { do: 'nft.elements.add', namespace, table: 't', set: 's', elements: [element(index)] },
    ]).flat(),
    { do: 'nft.elements.add', namespace, table: 't', set: 's', elements: [{ key: [{ ifname: 'stays' }] }] },
  ])
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      kernel.teardown([
        {
          do: 'nft.elements.delete',
          namespace,
          table: 't',
          set: 's',
          elements: [element(index), { key: [{ ifname: `gone${index}` }] }],
        },
        { do: 'link.delete', namespace, name: index === 5 ? 'lo' : `v${index}` },
      ]),
    ),
  )
  expect(outcomes.map((failures) => failures.map(({ operation, step }) => `${operation} ${step}`))).toEqual(
    Array.from({ length: count }, (_, index) => (index === 5 ? ['link.delete lo 1'] : [])),
  )
  expect((await kernel.links(namespace)).map(({ name }) => name).toSorted()).toEqual(['lo', 'p5', 'v5'])
  expect(await kernel.elements(namespace, 't', 's')).toEqual([{ key: [{ ifname: 'stays' }] }])
})

test('a link that is gone is gone for everybody, and its name free, though its delete still waits for the kernel', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const container = host.path('container')
  await kernel.apply([{ do: 'netns.create', path: container }])
  for (let round = 0; round < 5; round++) {
    await kernel.apply([
      { do: 'link.add', namespace, name: 'br', kind: 'bridge', isUp: true },
      { do: 'address.add', namespace, link: 'br', address: '10.0.0.1/24' },
      {
        do: 'link.add',
        namespace,
        name: 'v',
        kind: 'veth',
        peer: { namespace: container, name: 'eth0' },
        master: 'br',
        isUp: true,
      },
    ])
    // Out of the bridge is not gone: that is told as a deletion, too, of another family.
    expect(await kernel.teardown([{ do: 'link.delete', namespace, name: 'v' }])).toEqual([])
    expect((await host.json(container, ['ip', '-j', 'link'])).map(({ ifname }: { ifname: string }) => ifname)).toEqual([
      'lo',
    ])
    expect(
      await kernel.teardown([
        { do: 'link.delete', namespace, name: 'br' },
        { do: 'link.delete', namespace, name: 'never' },
      ]),
    ).toEqual([])
    expect((await host.json(namespace, ['ip', '-j', 'link'])).map(({ ifname }: { ifname: string }) => ifname)).toEqual([
      'lo',
    ])
    expect(await host.json(namespace, ['ip', '-j', 'route'])).toEqual([])
  }
})

test('creates do not stand behind deletes', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const names = Array.from({ length: 6 }, (_, index) => `br${index}`)
  await kernel.apply(names.map((name): KernelStep => ({ do: 'link.add', namespace, name, kind: 'bridge', isUp: true })))
  // A step of another kind between them keeps the deletes apart: six barriers, one after another.
  const between: KernelStep = { do: 'route.delete', namespace, destination: '10.0.0.0/8' }
  let isTornDown = false
  const teardown = kernel
    .teardown(names.flatMap((name): KernelStep[] => [{ do: 'link.delete', namespace, name }, between]))
    .then(() => (isTornDown = true))
  await kernel.apply([{ do: 'sysctl.set', namespace, name: 'net.ipv4.ip_forward', value: '1' }])
  expect(isTornDown).toBe(false)
  await teardown
})

test('nothing of the daemon’s keeps a namespace alive, or a descriptor open', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const descriptors = () => readdirSync('/proc/self/fd').length
  const cycle = async (index: number): Promise<number> => {
    const container = host.path(`container${index}`)
    await kernel.apply([
      { do: 'netns.create', path: container },
      { do: 'link.add', namespace, name: 'va', kind: 'veth', peer: { namespace: container, name: 'eth0' } },
    ])
    await kernel.links(container)
    await kernel.hasTable(container, 'x')
    await kernel.watch(container, () => {})
    await kernel.run(container, ['true'], {})
    const { ino } = statSync(container)
    // The veth goes with the namespace of its peer, which ends only when nothing holds it.
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    const stop = await kernel.watch(namespace, (change) => {
      if (change === 'link') void kernel.links(namespace).then((links) => links.length === 1 && resolve())
    })
    expect(await kernel.teardown([{ do: 'netns.delete', path: container }])).toEqual([])
    await gone
    stop()
    return ino
  }
  await cycle(0)
  // Answered on the same thread as the last watch's end, so that one is over.
  await kernel.run(namespace, ['true'], {})
  const before = descriptors()
  for (let index = 1; index <= 10; index++) await cycle(index)
  await kernel.run(namespace, ['true'], {})
  expect(descriptors()).toBe(before)
})
