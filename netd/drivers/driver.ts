/** What every network driver is: a few pure functions from records to kernel steps. Applying them is the engine's business. */
import type { KernelStep, Namespace } from '../kernel/kernel.ts'
import type { EndpointLease, NetworkRecord } from '../store/records.ts'

export interface DriverContext {
  host: Namespace
  /** nftables table of this daemon, which also marks its links: two daemons can live side by side. */
  table: string
}

export interface EndpointPlan {
  network: NetworkRecord
  lease: EndpointLease
  /** The container's namespace. */
  sandbox: Namespace
  /** `com.docker.network.endpoint.*`, as the endpoint was asked for. */
  options: Record<string, string>
}

export interface Driver {
  readonly name: string
  readonly scope: 'local'
  /** How many endpoints one network can have; undefined for no limit of its own. */
  readonly endpointLimit: number | undefined
  /** Whether the network has subnets, and its endpoints addresses and links. */
  readonly hasAddresses: boolean
  /** Throws ApiError invalidParameter naming the option that has a value it cannot have. */
  validate(network: NetworkRecord): void
  createNetwork(context: DriverContext, network: NetworkRecord): KernelStep[]
  /** In groups that do not depend on each other and can go at the same time. */
  deleteNetwork(context: DriverContext, network: NetworkRecord): KernelStep[][]
  /** Without the default route, which belongs to one endpoint of a container only. */
  connect(context: DriverContext, plan: EndpointPlan): KernelStep[]
  /** Only what the end of the sandbox does not take with it; see `isolate`. */
  disconnect(context: DriverContext, plan: EndpointPlan): KernelStep[]
  /** Cuts the endpoint off at once: what still stands of it answers nobody, so that its addresses can be given away. */
  isolate(context: DriverContext, plan: EndpointPlan): KernelStep[]
}
