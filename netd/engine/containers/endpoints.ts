/** From the network mode and the endpoints asked for to those of a record. */
import { ApiError, errors } from '../../../api/errors.ts'
import type { NetworkMode } from '../../store/container-options.ts'
import type { EndpointRecord, RequestedEndpoint } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findNetwork } from '../networks/resolve-network.ts'

export interface EndpointRequests {
  /** Of the endpoint on the network of the mode. */
  mac?: string
  /** By name or id of the network. */
  asked: [string, RequestedEndpoint][]
}

/** The network called `bridge` is the default one. */
const networkNameOf = (name: string): string => (name === 'default' ? 'bridge' : name)

/** A network that is not there yet may be by the time of the start: until then its name stands for its id. */
export function requestedEndpoints(
  engine: Pick<Engine, 'store'>,
  mode: NetworkMode,
  { mac, asked }: EndpointRequests,
): Record<string, EndpointRecord> {
  if (mode.kind === 'container') {
    // The CLI names the mode itself, as if it were a network.
    if (asked.some(([name, endpoint]) => !name.startsWith('container:') || isSaid(endpoint)))
      throw errors.sharedNetworkMode()
    return {}
  }
  const own = networkNameOf(mode.kind === 'network' ? mode.network : mode.kind)
  const others = asked.filter(([name]) => networkNameOf(name) !== own)
  if (others.length > 0 && (mode.kind === 'host' || mode.kind === 'none')) {
    throw errors.invalidParameter(
      `Container cannot be connected to network endpoints: ${asked.map(([name]) => name).join(', ')}`,
    )
  }
  const requests = new Map<string, RequestedEndpoint>([[own, mac === undefined ? {} : { mac }]])
  for (const [name, endpoint] of asked)
    requests.set(networkNameOf(name), { ...requests.get(networkNameOf(name)), ...endpoint })
  return Object.fromEntries(
    [...requests].map(([name, endpoint]) => [networkIdOf(engine, name), { networkId: name, request: endpoint }]),
  )
}

/** Go clients send a priority of 0 with every endpoint. */
const isSaid = (endpoint: RequestedEndpoint): boolean => Object.keys(endpoint).some((key) => key !== 'gatewayPriority')

/** Its id, or what it is called for as long as there is none. */
function networkIdOf(engine: Pick<Engine, 'store'>, reference: string): string {
  try {
    return findNetwork(engine, reference).id
  } catch (error) {
    if (error instanceof ApiError && error.code === 'networkNotFound') return reference
    throw error
  }
}
