/** From the body of `POST /networks/create` to what the engine makes a network from. */
import type { CreateNetworkRequest, IpamPool } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import type { NetworkRequest } from '../../engine/networks/network-request.ts'

/** Throws 400 or 403, in Docker's words. */
export function parseNetworkRequest(request: CreateNetworkRequest): NetworkRequest {
  // Without a name nothing else is looked at.
  if (request.Name.trim() !== '') refuseKind(request)
  const { IPAM: ipam, EnableIPv4: isIpv4, EnableIPv6: isIpv6 } = request
  return {
    name: request.Name,
    driver: request.Driver || 'bridge',
    ...(typeof isIpv4 === 'boolean' ? { isIpv4 } : {}),
    // Go clients send false with every request.
    ...(isIpv6 ? { isIpv6 } : {}),
    isConfigOnly: request.ConfigOnly ?? false,
    ...(request.ConfigFrom?.Network ? { configFrom: request.ConfigFrom.Network } : {}),
    isInternal: request.Internal ?? false,
    isAttachable: request.Attachable ?? false,
    ipamDriver: ipam?.Driver || 'default',
    ipamOptions: ipam?.Options ?? {},
    pools: (ipam?.Config ?? []).map(parsePool),
    options: request.Options ?? {},
    labels: request.Labels ?? {},
  }
}

/** What only a swarm has. */
function refuseKind({ Scope: scope, Ingress }: CreateNetworkRequest): void {
  if (Ingress) throw errors.forbidden('Ingress network can only be global scope network')
  if (scope === 'swarm') throw errors.forbidden('cannot create a swarm scoped network when swarm is not active')
  if (scope && scope !== 'local')
    throw errors.invalidParameter(`invalid network scope "${scope}": every network here is local`)
}

function parsePool({ Subnet, Gateway, IPRange, AuxiliaryAddresses }: IpamPool): NetworkRequest['pools'][number] {
  return {
    subnet: Subnet ?? '',
    ...(Gateway ? { gateway: Gateway } : {}),
    ...(IPRange ? { ipRange: IPRange } : {}),
    ...(AuxiliaryAddresses ? { auxiliaryAddresses: AuxiliaryAddresses } : {}),
  }
}
