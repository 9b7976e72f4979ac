/** What a network lets an endpoint ask for, told before anything is done; dockerd's own sentences where it has one. */
import { familyOf, type IpFamily } from '../../../api/address/family.ts'
import { errors } from '../../../api/errors.ts'
import { antiSpoofing } from '../../../api/trestle/options.ts'
import type { Driver } from '../../drivers/driver.ts'
import { endpointOptions, refuseUnknownEndpointOptions } from '../../drivers/endpoint-options.ts'
import { flag } from '../../drivers/network-options.ts'
import { staticAddress } from '../../ipam/lease.ts'
import { linkLocalAddress } from '../../ipam/link-local.ts'
import type { NetworkRecord, RequestedEndpoint } from '../../store/records.ts'

/** Throws 400, or 403 for an address that nobody can have. */
export function validateEndpoint(driver: Driver, network: NetworkRecord, request: RequestedEndpoint): void {
  if (network.configuration !== undefined)
    throw errors.forbidden('cannot create endpoint on configuration-only network')
  validateAddresses(network, request.ipam ?? {})
  if (network.isPredefined && (request.aliases ?? []).length > 0) {
    throw errors.invalidParameter('network-scoped alias is supported only for containers in user defined networks')
  }
  const macRefusal = request.mac === undefined ? undefined : driver.macRefusal(network)
  if (macRefusal !== undefined) throw errors.invalidParameter(macRefusal)
  if (!driver.hasSubnets && request.ipam?.linkLocal?.length)
    throw errors.invalidParameter(
      `network ${network.name} gives a container no interface that could have a link-local address`,
    )
  refuseUnknownEndpointOptions(driver, request.driverOptions ?? {})
  endpointOptions(request.driverOptions ?? {}, network.mtu)
  const [wish, ofNetwork] = [request.driverOptions?.[antiSpoofing], network.options[antiSpoofing]]
  const isWithout =
    ofNetwork === undefined || (!flag(antiSpoofing, ofNetwork, false) && flag(antiSpoofing, wish, false))
  if (wish !== undefined && isWithout)
    throw errors.invalidParameter(
      `${antiSpoofing} is for an endpoint of a network that was created with it, and ${network.name} was not`,
    )
}

function validateAddresses(
  network: NetworkRecord,
  { ipv4, ipv6, linkLocal = [] }: NonNullable<RequestedEndpoint['ipam']>,
): void {
  const wishes: [IpFamily, string | undefined][] = [
    ['ipv4', ipv4],
    ['ipv6', ipv6],
  ]
  for (const [family, wish] of wishes) {
    if (wish === undefined) continue
    if (network.isPredefined)
      throw errors.invalidParameter('user specified IP address is supported on user defined networks only')
    const pools = network.pools.filter(
      ({ subnet, isUserConfigured }) => isUserConfigured && familyOf(subnet) === family,
    )
    if (pools.length === 0)
      throw errors.invalidParameter(
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      )
    staticAddress(pools, new Map(), wish)
  }
  for (const text of linkLocal) linkLocalAddress(network.pools, text)
}
