/** Subnets as canonical text: sets of addresses of one family. */
import ip6addr from 'ip6addr'
import { canonicalAddress, parseAddress } from './address.ts'
import { addressBits, familyOf } from './family.ts'

/** `10.1.2.3/24` is `10.1.2.0/24`; undefined for what is no CIDR. */
export function parseSubnet(text: string): string | undefined {
  const [, address = '', prefix = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const parsed = parseAddress(address)
  if (parsed === undefined || Number(prefix) > addressBits[familyOf(parsed)]) return undefined
  return `${bounds(`${parsed}/${prefix}`)[0]}/${prefix}`
}

export const prefixLength = (subnet: string): number => Number(subnet.split('/')[1])

export const networkAddress = (subnet: string): string => subnet.split('/')[0]!

/** An IPv4 address as the number that it is: networks are compared by the thousand, which text and objects are too slow for. */
const ipv4Number = (address: string): number =>
  address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0)

export const ipv4Text = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.')

/** First and last address of an IPv4 subnet, as numbers. */
export function ipv4Range(subnet: string): { first: number; last: number } {
  const size = 2 ** (32 - prefixLength(subnet))
  const first = Math.floor(ipv4Number(networkAddress(subnet)) / size) * size
  return { first, last: first + size - 1 }
}

/** First and last address of a subnet, given by any address in it: of `10.1.0.1/24`, 10.1.0.0 and 10.1.0.255. */
export function bounds(subnet: string): [first: string, last: string] {
  if (familyOf(subnet) === 'ipv4') {
    const { first, last } = ipv4Range(subnet)
    return [ipv4Text(first), ipv4Text(last)]
  }
  const cidr = ip6addr.createCIDR(subnet)
  return [canonicalAddress(cidr.address().toString()), canonicalAddress(cidr.last().toString())]
}

/** False across families. */
export function contains(subnet: string, address: string): boolean {
  if (familyOf(subnet) !== familyOf(address)) return false
  if (familyOf(subnet) === 'ipv6') return ip6addr.createCIDR(subnet).contains(address)
  const { first, last } = ipv4Range(subnet)
  const number = ipv4Number(address)
  return first <= number && number <= last
}

export function isWithin(inner: string, outer: string): boolean {
  return prefixLength(inner) >= prefixLength(outer) && contains(outer, networkAddress(inner))
}

/** However they are written: `10.0.0.1/24` and `10.0.0.0/24` are one. False for what is no subnet. */
export function isSameSubnet(one: string, other: string): boolean {
  const subnet = parseSubnet(one)
  return subnet !== undefined && subnet === parseSubnet(other)
}

/** Two subnets either lie one in the other or apart. */
export function overlaps(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one)
}

/** IPv4 only: IPv6 has none. */
export function broadcastAddress(subnet: string): string | undefined {
  return familyOf(subnet) === 'ipv4' ? bounds(subnet)[1] : undefined
}

/** Undefined past the end of the address space. */
export function addressAfter(address: string, by = 1): string | undefined {
  const next = ip6addr.parse(address).offset(by)?.toString()
  return next === undefined ? undefined : canonicalAddress(next)
}

/** Addresses of a subnet that a host can have, lowest first, from the given one on. */
export function* usableAddresses(subnet: string): Generator<string> {
  if (familyOf(subnet) === 'ipv4') {
    const { first, last } = ipv4Range(subnet)
    for (let number = first + 1; number < last; number++) yield ipv4Text(number)
    return
  }
  // 2^32 hosts are more than anybody counts through; the network address is IPv6's subnet-router anycast (RFC 4291, 2.6.1).
  for (
    let address = addressAfter(networkAddress(subnet));
    address !== undefined && contains(subnet, address);
    address = addressAfter(address)
  )
    yield address
}

/** The prefix length of `subnet` on one of its addresses: `10.0.0.5/24`. */
export const inSubnet = (address: string, subnet: string): string => `${address}/${prefixLength(subnet)}`

export const withoutPrefix = (cidr: string): string => cidr.split('/')[0]!
