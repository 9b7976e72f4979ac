import type { ContainerRecord, EndpointLease, EndpointRecord, NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** Every container that is to be on the network, running or not. */
export function endpointsOf(
  { store }: Pick<Engine, 'store'>,
  networkId: string,
): { container: ContainerRecord; endpoint: EndpointRecord }[] {
  return store.containers.values().flatMap((container) => {
    const endpoint = container.endpoints[networkId]
    return endpoint === undefined ? [] : [{ container, endpoint }]
  })
}

/** Those that are on it now. */
export function activeEndpoints(
  engine: Pick<Engine, 'store'>,
  { id }: NetworkRecord,
): { container: ContainerRecord; lease: EndpointLease }[] {
  return endpointsOf(engine, id).flatMap(({ container, endpoint }) =>
    endpoint.lease === undefined ? [] : [{ container, lease: endpoint.lease }],
  )
}
