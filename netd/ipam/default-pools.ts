/** A subnet for a network that asks for none: small ones, so that there are thousands, and never one that is in use. */
import { errors } from '../../api/errors.ts'
import { conflict, type Occupied } from './pool.ts'
import { familyOf, isWithin, networkAddress, subnetAfter } from './subnet.ts'

export interface DefaultPool {
  /** CIDR. */
  base: string
  /** Prefix length of the subnets it is cut into. */
  size: number
}

/** The first free subnet of the IPv4 pools; 404 as dockerd has it when there is none. */
export function freeSubnet(pools: DefaultPool[], occupied: Occupied[]): string {
  const ours = pools.filter(({ base }) => familyOf(base) === 'ipv4')
  for (const { base, size } of ours) {
    let subnet: string | undefined = `${networkAddress(base)}/${size}`
    while (subnet !== undefined && isWithin(subnet, base)) {
      const other = conflict(subnet, occupied)
      if (other === undefined) return subnet
      // Whatever lies in the way is stepped over whole: a /8 of a VPN is one step, not 65,536.
      subnet = subnetPast(subnet, other.subnet)
    }
  }
  throw errors.noFreeSubnet(ours.map(({ base, size }) => `${base} in /${size}`).join(', '))
}

function subnetPast(subnet: string, obstacle: string): string | undefined {
  if (!isWithin(subnet, obstacle)) return subnetAfter(subnet)
  const after = subnetAfter(obstacle)
  return after === undefined ? undefined : `${networkAddress(after)}/${subnet.split('/')[1]}`
}

/**
 * A /64 of a unique local prefix (RFC 4193): 40 bits of global id and 16 of subnet id, taken from the network's own
 * id, which is random, so that two hosts that meet one day hardly ever have the same.
 */
export function uniqueLocalSubnet(networkId: string): string {
  const hex = `fd${networkId.slice(0, 14)}`
  return `${hex.match(/.{4}/g)!.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
