/** What is said of published ports that nobody will reach. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishWarnings } from '../../../../netd/engine/containers/publish-warnings.ts'
import { createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
  await createNetwork(lab.engine, { Name: 'lan', IPAM: { Config: [{ Subnet: '10.66.0.0/24' }] } })
  await createNetwork(lab.engine, { Name: 'back', Internal: true })
  await createNetwork(lab.engine, { Name: 'own', Driver: 'macvlan', IPAM: { Config: [{ Subnet: '10.67.0.0/24' }] } })
})
afterAll(() => lab[Symbol.asyncDispose]())

const onNone = 'Published ports have no effect: the container is on no network that publishes them'

test.each<[networks: string[], warnings: string[]]>([
  [['own'], [`${onNone} (own is of the macvlan driver)`]],
  [['back', 'own'], [`${onNone} (back is internal, own is of the macvlan driver)`]],
  [['none'], [`${onNone} (none is of the null driver)`]],
  [['host'], ['Published ports are discarded when using host network mode']],
  [['back', 'lan'], []],
  [['not there yet'], []],
])('on %j: %j', (networks, warnings) => {
  const ids = networks.map((one) => lab.engine.store.networks.find(({ name }) => name === one)?.id ?? one)
  const endpoints = Object.fromEntries(ids.map((id) => [id, {}]))
  const container = lab.container(`on-${networks.join('-')}`, endpoints, {
    PortBindings: { '80/tcp': [{ HostPort: '8080' }] },
  })
  expect(publishWarnings(lab.engine, container)).toEqual(warnings)
  expect(publishWarnings(lab.engine, { ...container, portBindings: [] })).toEqual([])
})
