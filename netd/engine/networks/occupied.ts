/** Which address space is taken: by our networks, by the host's routes, by the servers it resolves names at. */
import type { Occupied } from '../../ipam/pool.ts'
import { isWithin, parseSubnet } from '../../ipam/subnet.ts'
import type { Route } from '../../kernel/model.ts'
import type { Engine } from '../engine.ts'
import { hostNameservers } from '../sandbox/host-resolver.ts'

/** RT_TABLE_MAIN, linux/rtnetlink.h. */
const mainTable = 254

export function occupiedByNetworks({ store }: Pick<Engine, 'store'>): Occupied[] {
  return store.networks.values().flatMap(({ name, pools }) => pools.map(({ subnet }) => ({ subnet, by: `network ${name} (${subnet})` })))
}

/** Without default routes: they lead to everything that nobody else does. */
export function occupiedByRoutes(routes: Route[]): Occupied[] {
  return routes.flatMap(({ destination, gateway, table, type }) => {
    const subnet = table === mainTable && type === 'unicast' && destination !== 'default' ? parseSubnet(destination) : undefined
    return subnet === undefined ? [] : [{ subnet, by: `the host's route to ${destination}${gateway === undefined ? '' : ` via ${gateway}`}` }]
  })
}

/** For a subnet that nobody asked for: everything that it could get in the way of. */
export async function occupiedOnHost(engine: Engine, routes: Route[]): Promise<Occupied[]> {
  const nameservers = (await hostNameservers()).map((address) => ({ subnet: `${address}/${address.includes(':') ? 128 : 32}`, by: `the host's nameserver ${address}` }))
  return [...occupiedByNetworks(engine), ...occupiedByRoutes(routes), ...nameservers]
}

/**
 * For a subnet that the user asked for: a route to all of it or more may stay, since ours is more specific (10.1.0.0/24
 * under a VPN's 10.0.0.0/8); one to a part of it would take that part away from the network.
 */
export function stolenBy(subnet: string, routes: Route[]): Occupied | undefined {
  return occupiedByRoutes(routes).find((route) => isWithin(route.subnet, subnet))
}
