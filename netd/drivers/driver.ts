/** What every network driver is: a few pure functions from records to kernel steps. Applying them is the engine's business. */
import type { KernelStep, Namespace } from '../kernel/kernel.ts'
import type { EndpointLease, NetworkRecord } from '../store/records.ts'

export interface DriverContext {
  host: Namespace
  /** nftables table of this daemon. */
  table: string
}

export interface EndpointPlan {
  network: NetworkRecord
  endpointId: string
  lease: EndpointLease
  /** The container's namespace. */
  sandbox: Namespace
  /** Whether this endpoint gives the container its default route. */
  isGateway: boolean
}

export interface Driver {
  readonly name: string
  readonly scope: 'local'
  /** Turns the request's options into settings, or throws ApiError invalidParameter naming the option. */
  validate(network: NetworkRecord): void
  createNetwork(context: DriverContext, network: NetworkRecord): KernelStep[]
  deleteNetwork(context: DriverContext, network: NetworkRecord): KernelStep[]
  connect(context: DriverContext, plan: EndpointPlan): KernelStep[]
  disconnect(context: DriverContext, plan: EndpointPlan): KernelStep[]
}
