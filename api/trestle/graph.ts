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
  alias?: string
}

export interface GraphRoute {
  destination: string
  gateway?: string
  interface?: string
}

export interface GraphNamespace {
  /** `host`, a container's id, or a bare namespace's name. */
  id: string
  name: string
  kind: 'host' | 'container' | 'namespace'
  interfaces: GraphInterface[]
  routes: GraphRoute[]
  isForwarding: boolean
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

/** One server-sent event: `snapshot` first, then a `delta` for each change; an element is replaced as a whole. */
export type GraphEvent =
  | { type: 'snapshot'; graph: Graph }
  | {
      type: 'delta'
      namespaces: { changed: GraphNamespace[]; removed: string[] }
      networks: { changed: GraphNetwork[]; removed: string[] }
      ports: GraphPort[]
    }
