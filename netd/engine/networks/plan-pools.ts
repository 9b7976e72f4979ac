/** The subnets of a new network: those that were asked for, and a free one of each family that has none. */
import { errors } from '../../../api/errors.ts'
import type { Driver } from '../../drivers/driver.ts'
import { freeSubnet, uniqueLocalSubnet } from '../../ipam/default-pools.ts'
import { conflict, planPool, type Occupied } from '../../ipam/pool.ts'
import { familyOf, type IpFamily } from '../../../api/address/family.ts'
import { parseAddress } from '../../../api/address/address.ts'
import { contains, parseSubnet, withoutPrefix } from '../../../api/address/subnet.ts'
import type { Link, Route } from '../../kernel/model.ts'
import type { NetworkRecord, PoolRecord, PoolRequest } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { occupiedByNetworks, occupiedOnHost, stolenBy, type AddressSpace } from './occupied.ts'

/** A link of the host's that the network takes over. */
export interface TakenOver {
  link: Link
  /** CIDR each. */
  addresses: string[]
}

export function planPools(
  engine: Engine,
  networkId: string,
  driver: Driver,
  { isIpv4, isIpv6 }: Pick<NetworkRecord, 'isIpv4' | 'isIpv6'>,
  requests: PoolRequest[],
  space: AddressSpace,
  takenOver: TakenOver | undefined,
): { pools: PoolRecord[]; warnings: string[] } {
  const families: IpFamily[] = [...(isIpv4 ? ['ipv4' as const] : []), ...(isIpv6 ? ['ipv6' as const] : [])]
  if (families.length === 0) throw errors.invalidParameter('IPv4 or IPv6 must be enabled')
  const asked = requests.map((pool) => planPool(withOwnAddress(pool, takenOver), true))
  const routes = space.routes.filter(({ linkIndex }) => takenOver === undefined || linkIndex !== takenOver.link.index)
  refuseOverlap(asked, occupiedByNetworks(engine), driver.isRoutedByHost ? routes : [])

  const pools: PoolRecord[] = []
  for (const family of families) {
    const wanted = asked.filter(({ subnet }) => familyOf(subnet) === family)
    const chosen = (): string =>
      family === 'ipv6'
        ? uniqueLocalSubnet(networkId)
        : freeSubnet(engine.config.defaultAddressPools, occupiedOnHost(engine, space))
    pools.push(...(wanted.length > 0 ? wanted : [planPool({ subnet: chosen() }, false)]))
  }
  const unused = asked.filter((pool) => !pools.includes(pool))
  return {
    pools,
    warnings: unused.map(
      ({ subnet }) =>
        `subnet ${subnet} is not used: ${familyOf(subnet) === 'ipv6' ? 'IPv6' : 'IPv4'} is not enabled on this network`,
    ),
  }
}

/** The address that it has in the subnet is the gateway, unless that is said to be elsewhere: then it is nobody else's. */
function withOwnAddress(request: PoolRequest, takenOver: TakenOver | undefined): PoolRequest {
  const subnet = parseSubnet(request.subnet)
  const own = takenOver?.addresses
    .map(withoutPrefix)
    .find((address) => subnet !== undefined && contains(subnet, address))
  if (takenOver === undefined || own === undefined) return request
  if (!request.gateway) return { ...request, gateway: own }
  if (parseAddress(request.gateway) === own) return request
  return { ...request, auxiliaryAddresses: { ...request.auxiliaryAddresses, [takenOver.link.name]: own } }
}

function refuseOverlap(asked: PoolRecord[], occupied: Occupied[], routes: Route[]): void {
  const before: Occupied[] = []
  for (const { subnet } of asked) {
    const other = conflict(subnet, before) ?? conflict(subnet, occupied) ?? stolenBy(subnet, routes)
    if (other !== undefined) throw errors.poolOverlap(subnet, other.by)
    before.push({ subnet, by: `${subnet} of the same request` })
  }
}
