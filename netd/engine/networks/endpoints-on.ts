import type { EndpointLease, EndpointRecord, NetworkRecord, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** Every sandbox that is to be on the network, open or not. */
export function endpointsOn(
  { store }: Pick<Engine, 'store'>,
  networkId: string,
): { sandbox: SandboxRecord; endpoint: EndpointRecord }[] {
  return store.sandboxes.inGroup(networkId).map((sandbox) => ({ sandbox, endpoint: sandbox.endpoints[networkId]! }))
}

/** Those that are on it now. */
export function activeEndpointsOn(
  engine: Pick<Engine, 'store'>,
  { id }: NetworkRecord,
): { sandbox: SandboxRecord; lease: EndpointLease }[] {
  return endpointsOn(engine, id).flatMap(({ sandbox, endpoint }) =>
    endpoint.lease === undefined ? [] : [{ sandbox, lease: endpoint.lease }],
  )
}
