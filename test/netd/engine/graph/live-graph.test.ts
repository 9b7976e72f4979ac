/** The graph of real namespaces, against what iproute2 says and does. */
import { readdir, readlink } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Graph, GraphEvent, GraphInterface } from '../../../../api/trestle/graph.ts'
import { applyGraphEvent } from '../../../../api/trestle/graph.ts'
import { namespacePath } from '../../../../netd/engine/namespaces/pin.ts'
import { openKernel } from '../../../../netd/kernel/client.ts'
import type { Kernel } from '../../../../netd/kernel/kernel.ts'
import { eventually } from '../../../support/eventually.ts'
import { freshNamespace } from '../../../support/namespace.ts'
import { run } from '../../../support/run.ts'
import { openWorld, type World } from './world.ts'

let kernel: Kernel

beforeAll(async () => {
  kernel = await openKernel()
})

afterAll(async () => {
  await kernel.close()
})

const world = (...names: string[]): Promise<World> => openWorld(kernel, names)

function find(graph: Graph, namespace: string, name: string): GraphInterface {
  const found = graph.namespaces.find(({ id }) => id === namespace)?.interfaces.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no ${namespace} ${name} in the graph`)
  return found
}

/** A listener that keeps the graph, and every event. */
class Follower {
  readonly events: GraphEvent[] = []
  graph: Graph = { namespaces: [], networks: [], ports: [] }

  readonly listen = (event: GraphEvent): void => {
    this.events.push(event)
    this.graph = applyGraphEvent(this.graph, event)
  }
}

/** The namespaces that this process holds a netlink socket of show as sockets without a path: their number is what can leak. */
async function openSockets(): Promise<number> {
  const targets = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return targets.filter((target) => target.startsWith('socket:')).length
}

test('interfaces, addresses and routes are those that ip tells', async () => {
  await using here = await world('red')
  await here.ip('host', 'link', 'add', 'br0', 'type', 'bridge')
  await here.ip('host', 'link', 'add', 'veth-h', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', here.path('red'))
  await here.ip('host', 'link', 'set', 'veth-h', 'master', 'br0', 'up')
  await here.ip('host', 'address', 'add', '10.7.0.1/24', 'dev', 'br0')
  await here.ip('host', 'link', 'set', 'br0', 'up')
  await here.ip('red', 'address', 'add', '10.7.0.2/24', 'dev', 'eth0')
  await here.ip('red', 'link', 'set', 'eth0', 'mtu', '1400', 'alias', 'to the host', 'up')
  await here.ip('red', 'route', 'add', 'default', 'via', '10.7.0.1', 'metric', '5')
  await here.ip('red', 'route', 'add', 'blackhole', '10.99.0.0/16')
  await here.ip('red', 'link', 'set', 'lo', 'down')

  const graph = await here.live.read()
  for (const id of ['host', 'red']) {
    const told = JSON.parse(await here.ip(id, '-j', '-d', 'address')) as {
      ifindex: number
      ifname: string
      mtu: number
      address: string
      flags: string[]
      addr_info: { local: string; prefixlen: number }[]
    }[]
    const ours = graph.namespaces.find((namespace) => namespace.id === id)!
    expect(
      ours.interfaces.map(({ index, name, mtu, mac, isUp, addresses }) => ({
        index,
        name,
        mtu,
        mac,
        isUp,
        addresses: addresses.map(({ address }) => address),
      })),
    ).toEqual(
      told.map(({ ifindex, ifname, mtu, address, flags, addr_info }) => ({
        index: ifindex,
        name: ifname,
        mtu,
        mac: address,
        isUp: flags.includes('UP'),
        addresses: addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      })),
    )
  }
  expect(find(graph, 'host', 'veth-h')).toMatchObject({
    kind: 'veth',
    master: find(graph, 'host', 'br0').id,
    peer: find(graph, 'red', 'eth0').id,
    hasCarrier: true,
  })
  expect(find(graph, 'red', 'eth0')).toMatchObject({
    kind: 'veth',
    peer: find(graph, 'host', 'veth-h').id,
    alias: 'to the host',
  })
  expect(find(graph, 'red', 'lo')).toMatchObject({ kind: 'loopback', isUp: false })
  const { routes } = graph.namespaces.find(({ id }) => id === 'red')!
  expect(routes).toContainEqual({
    destination: 'default',
    family: 'ipv4',
    gateway: '10.7.0.1',
    interface: 'eth0',
    metric: 5,
  })
  expect(routes).toContainEqual(expect.objectContaining({ destination: '10.99.0.0/16', type: 'blackhole' }))
})

test('every veth finds its own peer, where several namespaces hold an interface with the same index', async () => {
  const names = ['a', 'b', 'c', 'd']
  await using here = await world(...names)
  // A ring, each link by the same index in both namespaces or by another: left is 2 and right is 3 everywhere.
  for (const name of names) {
    const next = names[(names.indexOf(name) + 1) % names.length]!
    await here.ip(
      name,
      'link',
      'add',
      `to-${next}`,
      'index',
      '2',
      'type',
      'veth',
      'peer',
      'name',
      `to-${name}`,
      'index',
      '3',
      'netns',
      here.path(next),
    )
  }
  // And a pair within one namespace, whose indices are again those.
  await here.ip('host', 'link', 'add', 'inner', 'index', '2', 'type', 'veth', 'peer', 'name', 'outer', 'index', '3')

  const graph = await here.live.read()
  for (const name of names) {
    const next = names[(names.indexOf(name) + 1) % names.length]!
    expect(find(graph, name, `to-${next}`).peer).toBe(`${next}/3`)
    expect(find(graph, next, `to-${name}`).peer).toBe(`${name}/2`)
  }
  expect(find(graph, 'host', 'inner').peer).toBe('host/3')
  expect(find(graph, 'host', 'outer').peer).toBe('host/2')
})

test('a veth whose peer lives in a namespace of somebody else has none', async () => {
  await using here = await world('red')
  await using stranger = await freshNamespace()
  await here.ip('red', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far', 'netns', stranger.path)
  expect(find(await here.live.read(), 'red', 'eth0')).not.toHaveProperty('peer')
})

test('a macvlan names the interface it rides on', async () => {
  await using here = await world('red')
  await here.ip('host', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1')
  await here.ip(
    'host',
    'link',
    'add',
    'link',
    'up0',
    'name',
    'mv0',
    'netns',
    here.path('red'),
    'type',
    'macvlan',
    'mode',
    'bridge',
  )
  const graph = await here.live.read()
  expect(find(graph, 'red', 'mv0')).toMatchObject({ kind: 'macvlan', parent: find(graph, 'host', 'up0').id })
})

test('a change arrives as one delta that holds only what changed', async () => {
  await using here = await world('red', 'blue', 'green')
  await here.ip('red', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', here.path('blue'))
  for (const name of ['red', 'blue']) await here.ip(name, 'link', 'set', 'eth0', 'up')
  const follower = new Follower()
  const stop = await here.live.subscribe(follower.listen)
  expect(follower.events.map(({ type }) => type)).toEqual(['snapshot'])
  expect(find(follower.graph, 'red', 'eth0')).toMatchObject({ isUp: true, hasCarrier: true })

  // The other end has lost its carrier in the same delta, though the kernel may announce it only a second later.
  await here.ip('red', 'link', 'set', 'eth0', 'down')
  await eventually(() => expect(follower.events).toHaveLength(2), { timeoutMs: 5000, intervalMs: 2 })
  expect(find(follower.graph, 'red', 'eth0').isUp).toBe(false)
  expect(find(follower.graph, 'blue', 'eth0').hasCarrier).toBe(false)
  const touched = follower.events.flatMap((event) =>
    event.type === 'delta' ? event.namespaces.changed.map(({ id }) => id) : [],
  )
  expect(new Set(touched)).toEqual(new Set(['red', 'blue']))

  await here.ip('green', 'address', 'add', '192.0.2.1/32', 'dev', 'lo')
  await eventually(() =>
    expect(find(follower.graph, 'green', 'lo').addresses.map(({ address }) => address)).toContain('192.0.2.1/32'),
  )
  stop()
  // What listeners saw by deltas is what is there.
  expect(follower.graph).toEqual(await here.live.read())
})

test('a burst of changes is taken together', async () => {
  await using here = await world('red')
  const follower = new Follower()
  const stop = await here.live.subscribe(follower.listen)
  const script = Array.from({ length: 40 }, (_, place) => `address add 10.9.0.${place + 1}/32 dev lo`).join('\n')
  await run(['nsenter', `--net=${here.path('red')}`, '--', 'ip', '-batch', '-'], { input: script })
  await eventually(
    () =>
      expect(
        find(follower.graph, 'red', 'lo').addresses.filter(({ address }) => address.startsWith('10.9.')),
      ).toHaveLength(40),
    { timeoutMs: 2000 },
  )
  expect(follower.events.length).toBeLessThan(10)
  stop()
})

test('namespaces that come and go are followed, also one made anew under the same name', async () => {
  await using here = await world('red')
  const follower = new Follower()
  const stop = await here.live.subscribe(follower.listen)
  const names = (): string[] => follower.graph.namespaces.map(({ name }) => name)
  expect(names()).toEqual(['host', 'red'])

  await here.add('blue')
  await eventually(() => expect(names()).toEqual(['host', 'red', 'blue']), { timeoutMs: 1000 })
  // The new one is watched, and its peers are known from both sides.
  await here.ip('blue', 'link', 'add', 'to-red', 'type', 'veth', 'peer', 'name', 'to-blue', 'netns', here.path('red'))
  await eventually(
    () =>
      expect([find(follower.graph, 'blue', 'to-red').peer, find(follower.graph, 'red', 'to-blue').peer]).toEqual([
        find(follower.graph, 'red', 'to-blue').id,
        find(follower.graph, 'blue', 'to-red').id,
      ]),
    { timeoutMs: 1000 },
  )

  await here.remove('blue')
  await here.add('blue')
  await eventually(
    () =>
      expect(follower.graph.namespaces.find(({ id }) => id === 'blue')!.interfaces.map(({ name }) => name)).toEqual([
        'lo',
      ]),
    { timeoutMs: 2000 },
  )
  await here.ip('blue', 'link', 'set', 'lo', 'up')
  await eventually(() => expect(find(follower.graph, 'blue', 'lo').isUp).toBe(true), { timeoutMs: 1000 })

  await here.remove('blue')
  await eventually(() => expect(names()).toEqual(['host', 'red']), { timeoutMs: 1000 })
  stop()
})

test('a namespace that is recorded and not there is left out, said so once, and found when it comes', async () => {
  await using here = await world('red')
  const follower = new Follower()
  const stop = await here.live.subscribe(follower.listen)
  here.engine.store.namespaces.put('late', { name: 'late', labels: {} })
  await eventually(() => expect(here.warnings).toEqual([expect.stringContaining('late')]), { timeoutMs: 1000 })
  await kernel.apply([{ do: 'netns.create', path: namespacePath(here.engine, 'late') }])
  await eventually(() => expect(follower.graph.namespaces.map(({ name }) => name)).toContain('late'), {
    timeoutMs: 2000,
  })
  expect(here.warnings).toHaveLength(1)
  stop()
})

test('watchers run only while somebody listens', async () => {
  await using here = await world('red', 'blue')
  await here.live.read()
  const quiet = await openSockets()
  const first = await here.live.subscribe(() => undefined)
  const watching = await openSockets()
  expect(watching).toBeGreaterThan(quiet)
  const second = await here.live.subscribe(() => undefined)
  expect(await openSockets()).toBe(watching)
  first()
  second()
  await eventually(async () => expect(await openSockets()).toBe(quiet), { timeoutMs: 2000 })
  // And again from nothing.
  const follower = new Follower()
  const third = await here.live.subscribe(follower.listen)
  expect(follower.graph).toEqual(await here.live.read())
  third()
})
