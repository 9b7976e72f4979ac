import type { EndpointPlan } from '../../drivers/driver.ts'
import type { ContainerRecord, EndpointLease, EndpointRecord, NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { sandboxPath } from './namespaces.ts'

export interface ActiveEndpoint {
  network: NetworkRecord
  endpoint: EndpointRecord
  lease: EndpointLease
}

/** The container's endpoints that have a lease, in the order of connection. */
export function activeEndpointsOf({ store }: Pick<Engine, 'store'>, container: ContainerRecord): ActiveEndpoint[] {
  return Object.entries(container.endpoints).flatMap(([networkId, endpoint]) => {
    const network = store.networks.get(networkId)
    return network === undefined || endpoint.lease === undefined ? [] : [{ network, endpoint, lease: endpoint.lease }]
  })
}

export function planOf(
  { config }: Pick<Engine, 'config'>,
  container: ContainerRecord,
  { network, endpoint, lease }: ActiveEndpoint,
): EndpointPlan {
  return { network, lease, sandbox: sandboxPath(config, container.id), options: endpoint.request.DriverOpts ?? {} }
}
