/** The subnets of a new network: those that were asked for, and a free one of each family that has none. */
import { errors } from '../../../api/errors.ts'
import type { Driver } from '../../drivers/driver.ts'
import { freeSubnet, uniqueLocalSubnet } from '../../ipam/default-pools.ts'
import { conflict, planPool, type Occupied, type PoolRequest } from '../../ipam/pool.ts'
import { familyOf, type IpFamily } from '../../../api/address/family.ts'
import type { Route } from '../../kernel/model.ts'
import type { NetworkRecord, PoolRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { occupiedByNetworks, occupiedOnHost, stolenBy, type AddressSpace } from './occupied.ts'

export function planPools(
  engine: Engine,
  networkId: string,
  driver: Driver,
  { isIpv4, isIpv6 }: Pick<NetworkRecord, 'isIpv4' | 'isIpv6'>,
  requests: PoolRequest[],
  space: AddressSpace,
): { pools: PoolRecord[]; warnings: string[] } {
  const families: IpFamily[] = [...(isIpv4 ? ['ipv4' as const] : []), ...(isIpv6 ? ['ipv6' as const] : [])]
  if (families.length === 0) throw errors.invalidParameter('IPv4 or IPv6 must be enabled')
  const asked = requests.map((pool) => planPool(pool, true))
  refuseOverlap(asked, occupiedByNetworks(engine), driver.isRoutedByHost ? space.routes : [])

  const pools: PoolRecord[] = []
  for (const family of families) {
    const wanted = asked.filter(({ subnet }) => familyOf(subnet) === family)
    if (wanted.length > driver.subnetLimit)
      throw errors.forbidden(`${driver.name} driver doesn't support multiple subnets`)
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

function refuseOverlap(asked: PoolRecord[], occupied: Occupied[], routes: Route[]): void {
  const before: Occupied[] = []
  for (const { subnet } of asked) {
    const other = conflict(subnet, before) ?? conflict(subnet, occupied) ?? stolenBy(subnet, routes)
    if (other !== undefined) throw errors.poolOverlap(subnet, other.by)
    before.push({ subnet, by: `${subnet} of the same request` })
  }
}
