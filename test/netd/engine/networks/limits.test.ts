/** Limits that are told before the kernel meets them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNetwork, connectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())

test('the 1,024th endpoint of a bridge is refused, and says which network is full', async () => {
  const { engine } = lab
  const { Id } = await createNetwork(engine, { Name: 'full', IPAM: { Config: [{ Subnet: '10.60.0.0/16' }] } })
  const crowd = Array.from({ length: 1022 }, (_, at) => {
    const record = lab.container(`c${at}`, { [Id]: {} })
    const ipv4 = `10.60.${(at + 2) >> 8}.${(at + 2) & 255}/16`
    record.endpoints[Id]!.lease = {
      endpointId: engine.newId(),
      hostInterface: `veth${at}`,
      interface: 'eth0',
      mac: '02:42:00:00:00:00',
      mtu: 1500,
      ipv4,
    }
    return record
  })
  const last = await lab.start(lab.container('last', { [Id]: {} }))
  expect(last.endpoints[Id]!.lease!.ipv4).toBe('10.60.4.0/16')

  const late = await lab.start(lab.container('late', {}))
  await expect(connectNetwork(engine, 'full', { Container: 'late' })).rejects.toMatchObject({
    status: 409,
    message:
      'network full has 1023 endpoints, and a Linux bridge cannot have more ports; connect the container to another network',
  })
  expect(late.endpoints).toEqual({})
  await lab.stop(crowd[0]!)
  await connectNetwork(engine, 'full', { Container: 'late' })
  expect(late.endpoints[Id]!.lease!.ipv4).toBe('10.60.0.2/16')
  for (const { id } of crowd) engine.store.containers.delete(id)
})

test('a container that finds no free address is refused in the words of dockerd, and nothing of it is made', async () => {
  const { engine } = lab
  const { Id } = await createNetwork(engine, { Name: 'small', IPAM: { Config: [{ Subnet: '10.61.0.0/30' }] } })
  const only = await lab.start(lab.container('only', { [Id]: {} }))
  const before = await lab.traces()
  const refusal = {
    status: 500,
    message: expect.stringContaining(`no available IPv4 addresses on this network's address pools: small (${Id})`),
  }
  await expect(lab.start(lab.container('unlucky', { [Id]: {} }))).rejects.toMatchObject(refusal)
  await lab.start(lab.container('elsewhere', {}))
  await expect(connectNetwork(engine, 'small', { Container: 'elsewhere' })).rejects.toMatchObject(refusal)
  expect(await lab.traces()).toEqual(before)
  await lab.stop(only)
  await connectNetwork(engine, 'small', { Container: 'elsewhere' })
})

test('a hundred networks have a hundred subnets, and the next one is chosen as quickly as the first', async () => {
  const { engine } = lab
  const subnets = new Set<string>()
  for (let at = 0; at < 100; at++) {
    const { Id } = await createNetwork(engine, { Name: `n${at}` })
    subnets.add(engine.store.networks.get(Id)!.pools[0]!.subnet)
  }
  expect(subnets.size).toBe(100)
})
