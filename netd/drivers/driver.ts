/**
 * What every network driver is: a few pure functions from records to kernel steps, and the facts about its networks that
 * the engine would otherwise have to know it by name for. Applying the steps is the engine's business.
 */
import type { IpFamily } from '../../api/address/family.ts'
import type { BridgeIntent, PortGuard } from '../firewall/firewall.ts'
import type { Occupied } from '../ipam/pool.ts'
import type { KernelStep, Namespace } from '../kernel/kernel.ts'
import type { Link } from '../kernel/model.ts'
import type { EndpointLease, NetworkRecord } from '../store/records.ts'

export interface DriverContext {
  host: Namespace
  /** nftables table of this daemon, which also marks its links: two daemons can live side by side. */
  table: string
}

/** What a driver may ask while it plans a network. */
export interface HostView {
  /** Undefined when the host has none of this name. */
  link(name: string): Promise<Link | undefined>
  /** Of the link, or of all, as CIDR. */
  addresses(link?: Link): Promise<string[]>
  sysctl(name: string): Promise<string>
  /** Whether this kernel has such links, or a module that brings them. */
  hasLinkKind(kind: 'macvlan' | 'ipvlan'): Promise<boolean>
  /** The daemon's own setting, or that of the device the default route leaves by. */
  defaultMtu(): Promise<number>
  /** Every network there is, of every driver. */
  networks: () => NetworkRecord[]
  isOurs(link: Link): boolean
}

/** With it, for the networks that are always there, the address space of the host. */
export interface HostSpace extends HostView {
  /** By our networks and by the host's routes. */
  occupied: Occupied[]
  /** Of the default pools; throws noFreeSubnet. */
  freeSubnet(): string
}

/** A network that somebody asks for, before anything of it is chosen but its id and its subnets. */
export type NetworkWish = Pick<NetworkRecord, 'id' | 'options' | 'isInternal' | 'isIpv6' | 'pools'>

/** What the driver has chosen of a network's record, and what it says to whoever asked for the network. */
export type NetworkPlan = Pick<NetworkRecord, 'driverState' | 'mtu'> & { warnings?: string[] }

export interface PredefinedNetwork {
  readonly name: string
  /**
   * `moves`: it has to be made anew, because the settings are others; `is-lost`: its link is somebody else's now, whom
   * tearing it down would hit. Asked only while no container is on it.
   */
  fate(host: HostView, standing: NetworkRecord): Promise<'stays' | 'moves' | 'is-lost'>
  /** `note`: what the log should say about it. */
  plan(
    host: HostSpace,
  ): Promise<Omit<NetworkPlan, 'warnings'> & Pick<NetworkRecord, 'pools' | 'options'> & { note?: string }>
}

export interface EndpointPlan {
  network: NetworkRecord
  lease: EndpointLease
  /** The container's namespace. */
  sandbox: Namespace
  /** As the endpoint was asked for. */
  options: Record<string, string>
}

/** What an endpoint is called. */
export interface EndpointNames {
  /** Its link in the host namespace; empty when it has none there. */
  hostInterface: string
  /** In the container, before the number: `eth`. */
  interfacePrefix: string
}

export interface Publishing {
  /** Of the host, for ports that say none. */
  hostAddress: string | undefined
  /** Families in which ports are opened on the container's own address, and none of the host's are taken. */
  routed: IpFamily[]
  /** What is translated is opened on the container's own address, too. */
  isDirect: boolean
}

export interface Driver {
  readonly name: string
  readonly scope: 'local'
  /** Everything that `network create -o` may say; see ./network-options.ts for what all drivers share. */
  readonly options: readonly string[]
  /** Everything that `network connect --driver-opt` may say; see ./endpoint-options.ts. */
  readonly endpointOptions: readonly string[]
  /** The network of it that the daemon makes by itself. */
  readonly predefined?: PredefinedNetwork
  /** The predefined one is the only one. */
  readonly isSingleton: boolean
  /** What a container on such a network may be on besides: others, nothing, or nothing because it has the host's own links. */
  readonly membership: 'shared' | 'alone' | 'host'
  /** Without subnets its endpoints have neither addresses nor links. */
  readonly hasSubnets: boolean
  /** The host routes its subnets, and so must not have routes into them already; otherwise they are those of a network outside. */
  readonly isRoutedByHost: boolean

  /** A link of the host, if there is one of that name, that such a network would take over: its addresses and routes are the network's. */
  takesOver(options: NetworkRecord['options']): string | undefined
  /** Throws ApiError invalidParameter naming the option that has a value it cannot have. */
  plan(host: HostView, wish: NetworkWish): Promise<NetworkPlan>
  /** Why its endpoints cannot have a MAC address that somebody asks for; undefined where they can. */
  macRefusal(network: NetworkRecord): string | undefined
  /** Where an endpoint sends what it has no other route for, unless the network is internal. */
  wayOut(network: NetworkRecord): 'gateway' | 'link'
  /** How many endpoints it can have, and why no more. */
  endpointLimit(network: NetworkRecord): { count: number; reason: string } | undefined
  createNetwork(context: DriverContext, network: NetworkRecord): KernelStep[]
  /** In groups that do not depend on each other and can go at the same time. */
  deleteNetwork(context: DriverContext, network: NetworkRecord): KernelStep[][]
  /** Links of the host, by name, that are made with the network and carry its mark. */
  links(network: NetworkRecord): string[]
  /** The link of the host that its endpoints meet on. */
  carrier(network: NetworkRecord): string | undefined
  /** What the firewall has to know of the network, for it to be made whole. */
  firewall(network: NetworkRecord): BridgeIntent[]
  /** How ports are published on it; undefined where that has no meaning, because its endpoints are not behind the host. */
  publishing(network: NetworkRecord): Publishing | undefined

  /** @param endpointId random, hexadecimal. */
  endpointNames(network: NetworkRecord, endpointId: string): EndpointNames
  /** What the firewall has to know of the endpoint while it is there. */
  guards(plan: EndpointPlan): PortGuard[]
  /** Without the default route, which belongs to one endpoint of a container only. */
  connect(context: DriverContext, plan: EndpointPlan): KernelStep[]
  /** Only what the end of the sandbox does not take with it; see `isolate`. */
  disconnect(context: DriverContext, plan: EndpointPlan): KernelStep[]
  /** Cuts the endpoint off at once: what still stands of it answers nobody, so that its addresses can be given away. */
  isolate(context: DriverContext, plan: EndpointPlan): KernelStep[]
}
