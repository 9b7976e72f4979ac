import { isDeepStrictEqual } from 'node:util'
import type { Graph, GraphDelta } from '../../../api/trestle/graph.ts'

function difference<Item extends { id: string }>(
  before: Item[],
  after: Item[],
): { changed: Item[]; removed: string[] } {
  const old = new Map(before.map((item) => [item.id, item]))
  const changed = after.filter((item) => !isDeepStrictEqual(old.get(item.id), item))
  const left = new Set(after.map((item) => item.id))
  return { changed, removed: before.map((item) => item.id).filter((id) => !left.has(id)) }
}

/** What turns one graph into the other under `applyGraphEvent`, but for the order of elements; undefined when nothing does. */
export function diffGraphs(before: Graph, after: Graph): GraphDelta | undefined {
  const namespaces = difference(before.namespaces, after.namespaces)
  const networks = difference(before.networks, after.networks)
  const arePortsChanged = !isDeepStrictEqual(before.ports, after.ports)
  const isAnything =
    [namespaces, networks].some(({ changed, removed }) => changed.length + removed.length > 0) || arePortsChanged
  if (!isAnything) return undefined
  return { type: 'delta', namespaces, networks, ...(arePortsChanged ? { ports: after.ports } : {}) }
}
