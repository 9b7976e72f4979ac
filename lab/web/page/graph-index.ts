/** The graph, by id. Everything the page shows or selects has an id of its own. */
import type { Graph, GraphInterface, GraphNamespace, GraphNetwork, GraphPort } from '../../../api/trestle/graph.ts'

export interface Place {
  namespace: GraphNamespace
  interface: GraphInterface
}

export interface GraphIndex {
  graph: Graph
  namespaces: Map<string, GraphNamespace>
  interfaces: Map<string, Place>
  /** By the id of the bridge interface that carries it. */
  networkOfBridge: Map<string, GraphNetwork>
  portsOf: Map<string, GraphPort[]>
}

export function indexGraph(graph: Graph): GraphIndex {
  return {
    graph,
    namespaces: new Map(graph.namespaces.map((namespace) => [namespace.id, namespace])),
    interfaces: new Map(
      graph.namespaces.flatMap((namespace) =>
        namespace.interfaces.map((one) => [one.id, { namespace, interface: one }]),
      ),
    ),
    networkOfBridge: new Map(
      graph.networks.flatMap((network) => (network.bridge === undefined ? [] : [[network.bridge, network]])),
    ),
    portsOf: Map.groupBy(graph.ports, ({ container }) => container),
  }
}

/** `web eth0`: unambiguous in words. */
export const spoken = ({ namespace, interface: one }: Place): string => `${namespace.name} ${one.name}`

/** IPv6 link-local addresses are on every interface and identify none: they are in the panel only. */
export function mainAddresses({ addresses, kind }: GraphInterface): string[] {
  return addresses
    .filter(({ scope }) => scope === 'global' || (scope === 'host' && kind !== 'loopback'))
    .map(({ address }) => address)
}

export function portText({ hostAddress, hostPort, containerPort, protocol }: GraphPort): string {
  const host =
    hostAddress === '0.0.0.0' || hostAddress === '' ? '' : hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress
  return `${host}:${hostPort} ⇥ ${containerPort}/${protocol}`
}
