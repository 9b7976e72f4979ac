import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  applyGraphEvent,
  type Graph,
  type GraphInterface,
  type GraphNamespace,
  type GraphNetwork,
  type GraphPort,
} from '../../../../api/trestle/graph.ts'
import { diffGraphs } from '../../../../netd/engine/graph/diff.ts'

const address = fc.record({
  address: fc.constantFrom('10.0.0.1/24', '10.0.0.2/24', 'fe80::1/64'),
  family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
  scope: fc.constantFrom('global' as const, 'link' as const),
})

const link: fc.Arbitrary<GraphInterface> = fc.record(
  {
    id: fc.constantFrom('a/1', 'a/2', 'b/1'),
    index: fc.integer({ min: 1, max: 3 }),
    name: fc.constantFrom('lo', 'eth0', 'br0'),
    kind: fc.constantFrom('veth', 'bridge'),
    mac: fc.constant('02:00:00:00:00:01'),
    mtu: fc.constantFrom(1500, 1400),
    isUp: fc.boolean(),
    hasCarrier: fc.boolean(),
    addresses: fc.array(address, { maxLength: 2 }),
    master: fc.constantFrom('a/1', 'b/1'),
    peer: fc.constantFrom('a/2', 'b/2'),
  },
  { requiredKeys: ['id', 'index', 'name', 'kind', 'mac', 'mtu', 'isUp', 'hasCarrier', 'addresses'] },
)

const namespace: fc.Arbitrary<GraphNamespace> = fc.record({
  id: fc.constantFrom('host', 'red', 'blue', 'green'),
  name: fc.constantFrom('x', 'y'),
  kind: fc.constantFrom('host' as const, 'container' as const, 'namespace' as const),
  path: fc.constant('/p'),
  interfaces: fc.array(link, { maxLength: 3 }),
  routes: fc.array(
    fc.record({ destination: fc.constantFrom('default', '10.0.0.0/24'), family: fc.constant('ipv4' as const) }),
    { maxLength: 2 },
  ),
  isForwarding: fc.boolean(),
  sharedBy: fc.array(fc.constantFrom('one', 'two'), { maxLength: 2 }),
})

const network: fc.Arbitrary<GraphNetwork> = fc.record({
  id: fc.constantFrom('n1', 'n2', 'n3'),
  name: fc.constantFrom('front', 'back'),
  driver: fc.constant('bridge'),
  subnets: fc.array(fc.constantFrom('10.0.0.0/24', '10.0.1.0/24'), { maxLength: 2 }),
  isInternal: fc.boolean(),
})

const port: fc.Arbitrary<GraphPort> = fc.record({
  container: fc.constantFrom('c1', 'c2'),
  hostAddress: fc.constant('0.0.0.0'),
  hostPort: fc.integer({ min: 1, max: 4 }),
  containerPort: fc.constant(80),
  protocol: fc.constant('tcp' as const),
})

const graph: fc.Arbitrary<Graph> = fc
  .record({
    namespaces: fc.uniqueArray(namespace, { selector: ({ id }) => id, maxLength: 4 }),
    networks: fc.uniqueArray(network, { selector: ({ id }) => id, maxLength: 3 }),
    ports: fc.array(port, { maxLength: 3 }),
  })
  // fast-check makes objects without a prototype now and then; JSON never does.
  .map((one) => JSON.parse(JSON.stringify(one)) as Graph)

/** Order of elements says nothing. */
const normal = ({ namespaces, networks, ports }: Graph): Graph => ({
  namespaces: namespaces.toSorted((a, b) => a.id.localeCompare(b.id)),
  networks: networks.toSorted((a, b) => a.id.localeCompare(b.id)),
  ports,
})

test('a delta applied to the old graph gives the new one', () => {
  fc.assert(
    fc.property(graph, graph, (before, after) => {
      const delta = diffGraphs(before, after)
      expect(normal(delta === undefined ? before : applyGraphEvent(before, delta))).toEqual(normal(after))
    }),
    { numRuns: 500 },
  )
})

test('deltas one after the other give the last graph', () => {
  fc.assert(
    fc.property(fc.array(graph, { minLength: 2, maxLength: 6 }), (graphs) => {
      let seen = graphs[0]!
      for (let place = 1; place < graphs.length; place += 1) {
        const delta = diffGraphs(graphs[place - 1]!, graphs[place]!)
        if (delta !== undefined) seen = applyGraphEvent(seen, delta)
      }
      expect(normal(seen)).toEqual(normal(graphs.at(-1)!))
    }),
  )
})

test('there is no delta between equal graphs, and an order of elements is not a difference', () => {
  fc.assert(
    fc.property(graph, (one) => {
      const reversed = { ...one, namespaces: one.namespaces.toReversed(), networks: one.networks.toReversed() }
      expect(diffGraphs(one, reversed)).toBeUndefined()
    }),
  )
})

test('only what differs is sent', () => {
  fc.assert(
    fc.property(graph, fc.nat(), (before, nth) => {
      fc.pre(before.namespaces.length > 0)
      const changed = before.namespaces[nth % before.namespaces.length]!
      const after = {
        ...before,
        namespaces: before.namespaces.map((one) =>
          one === changed ? { ...one, isForwarding: !one.isForwarding } : one,
        ),
      }
      const delta = diffGraphs(before, after)!
      expect(delta.namespaces.changed.map(({ id }) => id)).toEqual([changed.id])
      expect(delta.namespaces.removed).toEqual([])
      expect(delta.networks).toEqual({ changed: [], removed: [] })
      expect(delta).not.toHaveProperty('ports')
    }),
  )
})
