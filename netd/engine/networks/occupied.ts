/** Which address space is taken: by our networks, by the host's routes, by the servers it resolves names at. */
import type { Occupied } from '../../ipam/pool.ts'
import { addressBits, familyOf } from '../../../api/address/family.ts'
import { isWithin, parseSubnet } from '../../../api/address/subnet.ts'
import { mainTable, type Route } from '../../kernel/model.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { hostNameservers } from '../host-resolver.ts'

export function occupiedByNetworks({ store }: Pick<Engine, 'store'>): Occupied[] {
  return store.networks.values().flatMap(occupiedBy)
}

/** A network's name and pools never change, so each is spelled out once, be there thousands. */
const byNetwork = new WeakMap<NetworkRecord, Occupied[]>()

function occupiedBy(network: NetworkRecord): Occupied[] {
  let occupied = byNetwork.get(network)
  if (occupied === undefined) {
    occupied = network.pools.map(({ subnet }) => ({ subnet, by: `network ${network.name} (${subnet})` }))
    byNetwork.set(network, occupied)
  }
  return occupied
}

/** Every link that speaks IPv6 has a route to it. */
const linkLocal = 'fe80::/64'

/** What a new network has to keep clear of outside of us. */
export interface AddressSpace {
  /** Without those to the subnets of our own networks. */
  routes: Route[]
  /** That the host resolves names at. */
  nameservers: string[]
}

export async function addressSpace(engine: Pick<Engine, 'kernel' | 'host' | 'store'>): Promise<AddressSpace> {
  const known = occupiedByNetworks(engine).map(({ subnet }) => subnet)
  return {
    routes: await engine.kernel.routes(engine.host, mainTable, [...known, linkLocal]),
    nameservers: hostNameservers({ hasIpv6: true }),
  }
}

/** Without default routes: they lead to everything that nobody else does. */
export function occupiedByRoutes(routes: Route[]): Occupied[] {
  return routes.flatMap(({ destination, gateway, type }) => {
    const subnet = type === 'unicast' && destination !== 'default' ? parseSubnet(destination) : undefined
    return subnet === undefined
      ? []
      : [{ subnet, by: `the host's route to ${destination}${gateway === undefined ? '' : ` via ${gateway}`}` }]
  })
}

/** For a subnet that nobody asked for: everything that it could get in the way of. */
export function occupiedOnHost(engine: Engine, { routes, nameservers }: AddressSpace): Occupied[] {
  const servers = nameservers.map((address) => ({
    subnet: `${address}/${addressBits[familyOf(address)]}`,
    by: `the host's nameserver ${address}`,
  }))
  return [...occupiedByNetworks(engine), ...occupiedByRoutes(routes), ...servers]
}

/**
 * For a subnet that the user asked for: a route to all of it or more may stay, since ours is more specific (10.1.0.0/24
 * under a VPN's 10.0.0.0/8); one to a part of it would take that part away from the network.
 */
export function stolenBy(subnet: string, routes: Route[]): Occupied | undefined {
  return occupiedByRoutes(routes).find((route) => isWithin(route.subnet, subnet))
}
