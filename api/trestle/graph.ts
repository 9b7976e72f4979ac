/** `GET /trestle/v1/graph` and its event stream: what the kernel holds, as one picture. */

export interface GraphAddress {
  /** CIDR, e.g. `10.0.0.1/24`. */
  address: string
  family: 'ipv4' | 'ipv6'
  scope: 'global' | 'link' | 'host' | 'other'
}

export interface GraphInterface {
  /** `<namespace id>/<ifindex>`: unique in the picture, stable while the interface lives, even over a rename. */
  id: string
  index: number
  name: string
  /** `veth`, `bridge`, `macvlan`, `vxlan`, … as IFLA_INFO_KIND has it; `loopback` or `physical` without one. */
  kind: string
  mac: string
  mtu: number
  /** IFF_UP: what the administrator asked for. */
  isUp: boolean
  /** IFF_LOWER_UP: whether the other end is there and up. */
  hasCarrier: boolean
  addresses: GraphAddress[]
  /** Id of the bridge it is a port of. */
  master?: string
  /** Id of a veth's other end, wherever it lives, when it lives in a namespace of the picture. */
  peer?: string
  /** Id of the interface that a macvlan or a vxlan rides on, when it is in the picture. */
  parent?: string
  alias?: string
}

/** Of the main routing table. */
export interface GraphRoute {
  /** CIDR, or `default`. */
  destination: string
  family: 'ipv4' | 'ipv6'
  gateway?: string
  /** Name of the interface, within the same namespace. */
  interface?: string
  metric?: number
  /** Present when it is not `unicast`: `blackhole`, `unreachable`, … */
  type?: string
}

export interface GraphNamespace {
  /** `host`, a container's id, or a bare namespace's name. */
  id: string
  name: string
  kind: 'host' | 'container' | 'namespace'
  /** Where it is pinned: for `nsenter --net=PATH`. */
  path: string
  interfaces: GraphInterface[]
  routes: GraphRoute[]
  /** net.ipv4.ip_forward. */
  isForwarding: boolean
  /** Names of the containers that live in it without owning it: `--network host`, `--network container:X`. */
  sharedBy: string[]
  /** Lab and node, for what a lab brought up. */
  lab?: string
  node?: string
}

export interface GraphNetwork {
  id: string
  name: string
  driver: string
  subnets: string[]
  isInternal: boolean
  /** Id of the bridge interface that carries it. */
  bridge?: string
}

export interface GraphPort {
  /** Container id. */
  container: string
  hostAddress: string
  hostPort: number
  containerPort: number
  protocol: 'tcp' | 'udp' | 'sctp'
}

export interface Graph {
  namespaces: GraphNamespace[]
  networks: GraphNetwork[]
  ports: GraphPort[]
}

export interface GraphDelta {
  type: 'delta'
  namespaces: { changed: GraphNamespace[]; removed: string[] }
  networks: { changed: GraphNetwork[]; removed: string[] }
  /** All of them, when any changed. */
  ports?: GraphPort[]
}

/** One server-sent event: `snapshot` first, then a `delta` for each change; an element is replaced as a whole. */
export type GraphEvent = { type: 'snapshot'; graph: Graph } | GraphDelta

function replaceById<Item extends { id: string }>(
  items: Item[],
  delta: { changed: Item[]; removed: string[] },
): Item[] {
  const removed = new Set(delta.removed)
  const changed = new Map(delta.changed.map((item) => [item.id, item]))
  const kept = items.filter((item) => !removed.has(item.id)).map((item) => changed.get(item.id) ?? item)
  const known = new Set(items.map((item) => item.id))
  return [...kept, ...delta.changed.filter((item) => !known.has(item.id))]
}

/** The graph after an event. New elements come last, so that what was there keeps its place; nothing is changed in place. */
export function applyGraphEvent(graph: Graph, event: GraphEvent): Graph {
  if (event.type === 'snapshot') return event.graph
  return {
    namespaces: replaceById(graph.namespaces, event.namespaces),
    networks: replaceById(graph.networks, event.networks),
    ports: event.ports ?? graph.ports,
  }
}
