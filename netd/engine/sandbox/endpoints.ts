import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { EndpointPlan } from '../../drivers/driver.ts'
import type { SandboxRecord, EndpointLease, EndpointRecord, NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { sandboxPath } from './namespaces.ts'

export interface ActiveEndpoint {
  network: NetworkRecord
  endpoint: EndpointRecord
  lease: EndpointLease
}

/** The container's endpoints that have a lease, in the order of connection. */
export function activeEndpointsOf({ store }: Pick<Engine, 'store'>, sandbox: SandboxRecord): ActiveEndpoint[] {
  return Object.entries(sandbox.endpoints).flatMap(([networkId, endpoint]) => {
    const network = store.networks.get(networkId)
    return network === undefined || endpoint.lease === undefined ? [] : [{ network, endpoint, lease: endpoint.lease }]
  })
}

export function planOf(
  { config }: Pick<Engine, 'config'>,
  sandbox: SandboxRecord,
  { network, endpoint, lease }: ActiveEndpoint,
): EndpointPlan {
  return { network, lease, sandbox: sandboxPath(config, sandbox.id), options: endpoint.request.driverOptions ?? {} }
}

/** Those that its network's subnets give, without prefix length. */
export function addressesOf({ ipv4, ipv6 }: EndpointLease): string[] {
  return [ipv4, ipv6].filter((address) => address !== undefined).map(withoutPrefix)
}

/** With those that it has beside them. */
export function everyAddressOf(lease: EndpointLease): string[] {
  return [...addressesOf(lease), ...(lease.linkLocal ?? []).map(withoutPrefix)]
}
