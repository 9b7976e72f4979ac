/** From NetworkMode and NetworkingConfig to the endpoints of a sandbox. */
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import type { EndpointRequest } from '../../../api/docker/networks.ts'
import { ApiError, errors } from '../../../api/errors.ts'
import type { EndpointRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findNetwork } from '../networks/resolve-network.ts'

/** `default` and nothing at all mean the network called `bridge`. */
export function networkNameOf(mode: string | null | undefined): string {
  return !mode || mode === 'default' ? 'bridge' : mode
}

/** A network that is not there yet may be by the time of the start: until then its name stands for its id. */
export function requestedEndpoints(
  engine: Pick<Engine, 'store'>,
  request: CreateContainerRequest,
): Record<string, EndpointRecord> {
  const mode = networkNameOf(request.HostConfig?.NetworkMode)
  if (mode.startsWith('container:')) return {}
  const asked = Object.entries(request.NetworkingConfig?.EndpointsConfig ?? {})
  const others = asked.filter(([name]) => networkNameOf(name) !== mode).map(([name]) => name)
  if (others.length > 0 && (mode === 'host' || mode === 'none')) {
    throw errors.invalidParameter(
      `Container cannot be connected to network endpoints: ${asked.map(([name]) => name).join(', ')}`,
    )
  }
  const requests = new Map<string, EndpointRequest>([
    [mode, request.MacAddress ? { MacAddress: request.MacAddress } : {}],
  ])
  for (const [name, endpoint] of asked)
    requests.set(networkNameOf(name), { ...requests.get(networkNameOf(name)), ...dropNulls(endpoint ?? {}) })
  return Object.fromEntries(
    [...requests].map(([name, endpoint]) => {
      const networkId = networkIdOf(engine, name)
      return [networkId, { networkId, request: endpoint }]
    }),
  )
}

/** Its id, or what it is called for as long as there is none. */
function networkIdOf(engine: Pick<Engine, 'store'>, reference: string): string {
  try {
    return findNetwork(engine, reference).id
  } catch (error) {
    if (error instanceof ApiError && error.code === 'networkNotFound') return reference
    throw error
  }
}

/** Go clients send every field; what is null says nothing. */
function dropNulls(endpoint: EndpointRequest): EndpointRequest {
  return Object.fromEntries(Object.entries(endpoint).filter(([, value]) => value !== null && value !== ''))
}
