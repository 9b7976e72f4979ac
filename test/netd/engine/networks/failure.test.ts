/** A step that the kernel refuses, at every place of every list: what was before is what is after. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import type { Kernel, KernelStep } from '../../../../netd/kernel/kernel.ts'
import { eventually } from '../../../support/eventually.ts'
import { run } from '../../../support/run.ts'
import { listening } from '../../../support/listening.ts'
import { createNetwork, connectNetwork, disconnectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

/** Which list, counted from here on, gets a step that no kernel can take, and at which place; undefined for none. */
let doomed: { list: number; at: number } | undefined
/** Lengths of the lists that were applied since. */
let lengths: number[] = []
/** Every teardown says that it failed, too. */
let isStuck = false

function spoil(kernel: Kernel): Kernel {
  return new Proxy(kernel, {
    get(target, name) {
      if (name === 'teardown')
        return async (steps: KernelStep[]) => [
          ...(await target.teardown(steps)),
          ...(isStuck ? [new Error('stuck')] : []),
        ]
      if (name !== 'apply') {
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (steps: KernelStep[]) => {
        lengths.push(steps.length)
        if (doomed?.list !== lengths.length - 1) return target.apply(steps)
        return target.apply(
          steps.toSpliced(doomed.at, 0, { do: 'link.set', namespace: lab.host.path, name: 'no-such-link', isUp: true }),
        )
      }
    },
  })
}

/** Every place in every list that `work` has the kernel apply. */
async function everyPlace(work: () => Promise<unknown>): Promise<{ list: number; at: number }[]> {
  lengths = []
  await work()
  return lengths.flatMap((length, list) => Array.from({ length: length + 1 }, (_, at) => ({ list, at })))
}

async function mustFail(place: { list: number; at: number }, work: () => Promise<unknown>): Promise<void> {
  lengths = []
  doomed = place
  try {
    await expect(work(), `step ${place.at} of list ${place.list}`).rejects.toMatchObject({
      name: 'KernelError',
      errno: 'ENODEV',
    })
  } finally {
    doomed = undefined
  }
}

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory({ wrap: spoil })
})
afterAll(() => lab[Symbol.asyncDispose]())

describe('nothing half-made remains of', () => {
  test('a network create', async () => {
    const create = (): Promise<{ Id: string }> => createNetwork(lab.engine, { Name: 'half', EnableIPv6: true })
    const places = await everyPlace(create)
    await removeNetwork(lab.engine, 'half')
    const before = await lab.traces()
    for (const place of places) {
      await mustFail(place, create)
      expect(await lab.traces(), JSON.stringify(place)).toEqual(before)
    }
    expect(lab.engine.store.networks.values().map(({ name }) => name)).toEqual(['bridge', 'host', 'none'])
  })

  test('a connect that moves the way out and the published ports', async () => {
    const { Id: second } = await createNetwork(lab.engine, { Name: 'second' })
    const { Id: first } = await createNetwork(lab.engine, { Name: 'first' })
    const container = await lab.start(
      lab.container('moving', { [second]: {} }, { PortBindings: { '80/tcp': [{ HostPort: '8081' }] } }),
    )
    const inside = async (command: string[]): Promise<string> =>
      (await run(['nsenter', `--net=${lab.sandbox(container)}`, '--', ...command])).stdout
    const traces = async (): Promise<object> => ({
      host: await lab.traces(),
      links: await inside(['ip', '-j', 'link']),
      routes: await inside(['ip', '-j', 'route']),
      ports: await listening(lab.host),
    })
    const connect = (): Promise<void> => connectNetwork(lab.engine, first, { Container: 'moving' })
    const places = await everyPlace(connect)
    await disconnectNetwork(lab.engine, first, { Container: 'moving' })
    const before = await traces()
    for (const place of places) {
      await mustFail(place, connect)
      expect(await traces(), JSON.stringify(place)).toEqual(before)
      expect(Object.keys(container.endpoints)).toEqual([second])
    }
    await lab.stop(container)
    for (const id of [second, first]) await removeNetwork(lab.engine, id)
  })

  test('a start with two networks, published ports and a resolver', async () => {
    const { Id: front } = await createNetwork(lab.engine, { Name: 'front', EnableIPv6: true })
    const { Id: back } = await createNetwork(lab.engine, { Name: 'back' })
    const container = lab.container(
      'web',
      { [front]: {}, [back]: {} },
      { PortBindings: { '80/tcp': [{ HostPort: '8080' }], '53/udp': [{ HostPort: '' }] } },
    )
    const places = await everyPlace(() => lab.start(container))
    await lab.stop(container)
    // What the end of a namespace takes with it goes a moment later.
    const before = await eventually(async () => {
      const traces = await lab.traces()
      expect(JSON.stringify(traces).includes('veth')).toBe(false)
      return traces
    })
    for (const place of places) {
      await mustFail(place, () => lab.start(container))
      await eventually(async () => expect(await lab.traces(), JSON.stringify(place)).toEqual(before))
      expect(Object.values(container.endpoints).some(({ lease }) => lease !== undefined)).toBe(false)
      expect(await listening(lab.host)).toEqual([])
    }
    await lab.start(container)
    expect(container.ports.map(({ hostPort }) => hostPort)).toContain(8080)
    await lab.stop(container)
    for (const id of [front, back]) await removeNetwork(lab.engine, id)
  })
})

test('a disconnect that fails when its links go is finished: nothing may plug them in again', async () => {
  const ids = await Promise.all(['stays', 'goes'].map(async (Name) => (await createNetwork(lab.engine, { Name })).Id))
  const container = await lab.start(lab.container('torn', Object.fromEntries(ids.map((id) => [id, {}]))))
  isStuck = true
  try {
    await disconnectNetwork(lab.engine, 'goes', { Container: 'torn' })
  } finally {
    isStuck = false
  }
  expect(Object.keys(container.endpoints)).toEqual([ids[0]])
  expect(lab.messages.at(-1)).toBe('container torn was disconnected from network goes, with failures: stuck; stuck')
  await lab.stop(container)
})
