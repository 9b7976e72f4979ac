/** A subnet for a network that asks for none: small ones, so that there are thousands, and never one that is in use. */
import { errors } from '../../api/errors.ts'
import type { Occupied } from './pool.ts'
import { familyOf } from '../../api/address/family.ts'
import { ipv4Range, ipv4Text } from '../../api/address/subnet.ts'

export interface DefaultPool {
  /** CIDR. */
  base: string
  /** Prefix length of the subnets it is cut into. */
  size: number
}

/** The first free subnet of the IPv4 pools; 404 as dockerd has it when there is none. One pass over what is occupied, however much that is. */
export function freeSubnet(pools: DefaultPool[], occupied: Occupied[]): string {
  const ours = pools.filter(({ base }) => familyOf(base) === 'ipv4')
  const obstacles = occupied
    .map((one) => rangeOf(one))
    .filter((range) => range !== undefined)
    .toSorted((one, other) => one.first - other.first)
  for (const { base, size } of ours) {
    const pool = ipv4Range(base)
    const length = 2 ** (32 - size)
    let first = pool.first
    for (const obstacle of obstacles) {
      if (obstacle.first >= first + length) break
      // Whatever lies in the way is stepped over whole: a /8 of a VPN is one step, not 65,536.
      if (obstacle.last >= first) first = Math.ceil((obstacle.last + 1) / length) * length
    }
    if (first + length - 1 <= pool.last) return `${ipv4Text(first)}/${size}`
  }
  throw errors.noFreeSubnet(ours.map(({ base, size }) => `${base} in /${size}`).join(', '))
}

/** The same thousands are asked about each time. */
const ranges = new WeakMap<Occupied, ReturnType<typeof ipv4Range>>()

/** Undefined for IPv6. */
function rangeOf(occupied: Occupied): ReturnType<typeof ipv4Range> | undefined {
  let range = ranges.get(occupied)
  if (range === undefined && familyOf(occupied.subnet) === 'ipv4') {
    range = ipv4Range(occupied.subnet)
    ranges.set(occupied, range)
  }
  return range
}

/**
 * A /64 of a unique local prefix (RFC 4193): 40 bits of global id and 16 of subnet id, taken from the network's own
 * id, which is random, so that two hosts that meet one day hardly ever have the same.
 */
export function uniqueLocalSubnet(networkId: string): string {
  const hex = `fd${networkId.slice(0, 14)}`
  return `${hex
    .match(/.{4}/g)!
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
