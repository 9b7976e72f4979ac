/** One address out of a pool. What is held is the caller's to say: it is derived from what lives, never kept here. */
import { errors } from '../../api/errors.ts'
import type { PoolRecord } from '../store/records.ts'
import { candidates, isReserved } from './pool.ts'
import { parseAddress } from '../../api/address/address.ts'
import { familyOf } from '../../api/address/family.ts'
import { contains } from '../../api/address/subnet.ts'

/** Who has an address, for the error: `held by container web`. */
export type Held = ReadonlyMap<string, string>

/** The lowest free address, as dockerd gives them; undefined when there is none left. */
export function nextAddress(pool: PoolRecord, held: Held): string | undefined {
  const taken = new Set([pool.gateway, ...Object.values(pool.auxiliaryAddresses)])
  for (const address of candidates(pool.subnet, pool.ipRange)) {
    if (!taken.has(address) && !held.has(address)) return address
  }
  return undefined
}

/** The wished-for address as canonical text; throws when it is malformed, outside every pool of its family, or taken. */
export function staticAddress(pools: PoolRecord[], held: Held, text: string): string {
  const address = parseAddress(text)
  if (address === undefined)
    throw errors.invalidParameter(`Invalid ${text.includes(':') ? 'IPv6' : 'IPv4'} address: ${text}`)
  const pool = pools.find(({ subnet }) => contains(subnet, address))
  if (pool === undefined) {
    const subnets = pools.map(({ subnet }) => subnet).filter((subnet) => familyOf(subnet) === familyOf(address))
    throw errors.invalidParameter(
      `Invalid address ${address}: It does not belong to any of this network's subnets${subnets.length === 0 ? '' : ` (${subnets.join(', ')})`}`,
    )
  }
  const holder = holderOf(pool, held, address)
  if (holder !== undefined) throw errors.addressInUse(address, holder)
  return address
}

function holderOf(pool: PoolRecord, held: Held, address: string): string | undefined {
  if (isReserved(pool.subnet, address)) return `the network or broadcast address of ${pool.subnet}`
  if (address === pool.gateway) return `the gateway of ${pool.subnet}`
  const auxiliary = Object.entries(pool.auxiliaryAddresses).find(([, taken]) => taken === address)?.[0]
  if (auxiliary !== undefined) return `reserved as auxiliary address ${auxiliary}`
  return held.get(address)
}
