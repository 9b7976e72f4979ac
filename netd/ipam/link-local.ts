/** `--link-local-ip`: addresses that an endpoint has beside those of its network's subnets, and that nobody leases. */
import { parseAddress } from '../../api/address/address.ts'
import { familyOf } from '../../api/address/family.ts'
import { contains } from '../../api/address/subnet.ts'
import { errors } from '../../api/errors.ts'
import type { PoolRecord } from '../store/records.ts'
import { unusableRange } from './pool.ts'

/** As libnetwork has them, whatever the address (linkLocalMask and linkLocalMaskIPv6, libnetwork/endpoint.go). */
const prefixLengths = { ipv4: 16, ipv6: 64 } as const

/** As CIDR. Throws invalidParameter for what no host on a link can have, and for what is leased out of the network's subnets. */
export function linkLocalAddress(pools: PoolRecord[], text: string): string {
  const address = parseAddress(text)
  if (address === undefined) throw errors.invalidParameter(`invalid link-local IP address: ${text}`)
  const reserved = unusableRange(address)
  if (reserved !== undefined)
    throw errors.invalidParameter(`invalid link-local IP address: ${text} (hosts cannot have addresses of ${reserved})`)
  const pool = pools.find(({ subnet }) => contains(subnet, address))
  if (pool !== undefined)
    throw errors.invalidParameter(
      `invalid link-local IP address: ${text} (it is of the network's subnet ${pool.subnet}: ask for it as --ip or --ip6)`,
    )
  return `${address}/${prefixLengths[familyOf(address)]}`
}
