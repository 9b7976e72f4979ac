/** From readings and records to the picture: pure. */
import type {
  Graph,
  GraphAddress,
  GraphInterface,
  GraphNamespace,
  GraphNetwork,
  GraphPort,
  GraphRoute,
} from '../../../api/trestle/graph.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import { mainTable, type Address, type Link, type Route } from '../../kernel/model.ts'
import { portsOf } from '../../store/port-rows.ts'
import type { NetworkRecord, SandboxRecord } from '../../store/records.ts'
import type { NetworkNamespace } from './network-namespaces.ts'
import type { Reading } from './reading.ts'

export interface Snapshot {
  netns: NetworkNamespace
  reading: Reading
}

const interfaceId = (namespace: string, index: number): string => `${namespace}/${index}`

/** Links by index, by the namespace they live in. */
type Atlas = Map<Namespace, { id: string; links: Map<number, Link> }>

/**
 * IFLA_LINK counts in the link's own namespace unless IFLA_LINK_NETNSID names another, so an index alone proves
 * nothing: any number of namespaces may hold an interface with it.
 */
function otherEnd(atlas: Atlas, { netns, reading }: Snapshot, link: Link): { id: string; link: Link } | undefined {
  if (link.linkIndex === undefined) return undefined
  const path = link.linkNetnsId === undefined ? netns.path : reading.nsids.get(link.linkNetnsId)
  const there = path === undefined ? undefined : atlas.get(path)
  const other = there?.links.get(link.linkIndex)
  return there === undefined || other === undefined
    ? undefined
    : { id: interfaceId(there.id, other.index), link: other }
}

function buildAddress({ address, family, scope }: Address): GraphAddress {
  return { address, family, scope: scope === 'global' || scope === 'link' || scope === 'host' ? scope : 'other' }
}

function buildInterface(atlas: Atlas, from: Snapshot, link: Link): GraphInterface {
  const { netns, reading } = from
  const other = otherEnd(atlas, from, link)
  // A reading of the peer's namespace may be older than this one: both ends must say the same.
  const isPeer = link.kind === 'veth' && other?.link.kind === 'veth' && other.link.linkIndex === link.index
  return {
    id: interfaceId(netns.id, link.index),
    index: link.index,
    name: link.name,
    kind: link.kind ?? (link.isLoopback ? 'loopback' : 'physical'),
    mac: link.mac,
    mtu: link.mtu,
    isUp: link.isUp,
    hasCarrier: link.hasCarrier,
    addresses: reading.addresses.filter(({ linkIndex }) => linkIndex === link.index).map(buildAddress),
    ...(link.masterIndex === undefined ? {} : { master: interfaceId(netns.id, link.masterIndex) }),
    ...(isPeer ? { peer: other.id } : {}),
    ...(link.kind !== 'veth' && other !== undefined ? { parent: other.id } : {}),
    ...(link.alias === undefined ? {} : { alias: link.alias }),
  }
}

function buildRoute(links: Link[], route: Route): GraphRoute {
  const through = links.find(({ index }) => index === route.linkIndex)
  return {
    destination: route.destination,
    family: route.family,
    ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
    ...(through === undefined ? {} : { interface: through.name }),
    ...(route.metric === undefined ? {} : { metric: route.metric }),
    ...(route.type === 'unicast' ? {} : { type: route.type }),
  }
}

function buildNamespace(atlas: Atlas, from: Snapshot): GraphNamespace {
  const { netns, reading } = from
  return {
    ...netns,
    interfaces: reading.links.map((link) => buildInterface(atlas, from, link)).toSorted((a, b) => a.index - b.index),
    routes: reading.routes.filter(({ table }) => table === mainTable).map((route) => buildRoute(reading.links, route)),
    isForwarding: reading.isForwarding,
  }
}

function buildNetwork(
  host: Snapshot | undefined,
  { id, name, driver, pools, isInternal }: NetworkRecord,
  carrier: string | undefined,
): GraphNetwork {
  const link = host?.reading.links.find((candidate) => candidate.name === carrier && candidate.kind === 'bridge')
  return {
    id,
    name,
    driver,
    subnets: pools.map(({ subnet }) => subnet),
    isInternal,
    ...(link === undefined ? {} : { bridge: interfaceId('host', link.index) }),
  }
}

function buildPorts({ id, ports }: SandboxRecord): GraphPort[] {
  return [...portsOf(ports)].map(({ hostAddress, hostPort, containerPort, protocol }) => ({
    container: id,
    hostAddress,
    hostPort,
    containerPort,
    protocol,
  }))
}

/** @param carrierOf the link of the host that a network's endpoints meet on, by its driver. */
export function buildGraph(
  snapshots: Snapshot[],
  networks: NetworkRecord[],
  sandboxes: SandboxRecord[],
  carrierOf: (network: NetworkRecord) => string | undefined,
): Graph {
  const atlas: Atlas = new Map(
    snapshots.map(({ netns, reading }) => [
      netns.path,
      { id: netns.id, links: new Map(reading.links.map((link) => [link.index, link])) },
    ]),
  )
  const host = snapshots.find(({ netns }) => netns.kind === 'host')
  return {
    namespaces: snapshots.map((from) => buildNamespace(atlas, from)),
    networks: networks.map((network) => buildNetwork(host, network, carrierOf(network))),
    ports: sandboxes.flatMap(buildPorts),
  }
}
