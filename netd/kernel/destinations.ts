/**
 * Subnets by the thousand, as keys that a route is looked up by without decoding it. Each is worked out once: the same ones
 * come again with every network that is made.
 */
import { addressBytes } from '../../api/address/bytes.ts'
import { parseCidr } from '../../api/address/cidr.ts'
import { destinationKey } from '../netlink/rtnetlink/route.ts'

/** Numbers apart from text: they cross to a kernel thread as one block. */
export interface Destinations {
  ipv4: Float64Array
  ipv6: string[]
}

const keys = new Map<string, number | string>()

export function packDestinations(subnets: string[]): Destinations {
  // Of networks that are gone.
  if (keys.size > 2 * subnets.length + 1024) keys.clear()
  const ipv4 = new Float64Array(subnets.length)
  const ipv6: string[] = []
  let count = 0
  for (const subnet of subnets) {
    const key = keyOf(subnet)
    if (typeof key === 'number') ipv4[count++] = key
    else ipv6.push(key)
  }
  return { ipv4: ipv4.subarray(0, count), ipv6 }
}

function keyOf(subnet: string): number | string {
  let key = keys.get(subnet)
  if (key === undefined) {
    const { address, prefixLength } = parseCidr(subnet)
    const bytes = addressBytes(address)
    key = destinationKey(bytes, 0, bytes.length, prefixLength)
    keys.set(subnet, key)
  }
  return key
}

export function unpackDestinations({ ipv4, ipv6 }: Destinations): Set<number | string> {
  return new Set<number | string>([...ipv4, ...ipv6])
}
