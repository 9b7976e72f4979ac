/** Addresses and subnets as canonical text (RFC 5952), which is how they are stored, compared and put into sets. */
import { isIP, SocketAddress } from 'node:net'
import ip6addr from 'ip6addr'

export type IpFamily = 'ipv4' | 'ipv6'

export const familyOf = (address: string): IpFamily => (address.includes(':') ? 'ipv6' : 'ipv4')

/** Undefined for what is no address, has a zone, or is an IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`). */
export function parseAddress(text: string): string | undefined {
  const version = isIP(text)
  if (version === 0 || text.includes('%') || (version === 6 && ip6addr.createCIDR('::ffff:0:0/96').contains(text)))
    return undefined
  return version === 4 ? text : canonical(text)
}

/** ip6addr shortens a single zero group as well, which RFC 5952 section 4.2.2 forbids and inet_ntop(3) does not. */
function canonical(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address
}

/** `10.1.2.3/24` is `10.1.2.0/24`; undefined for what is no CIDR. */
export function parseSubnet(text: string): string | undefined {
  const [, address = '', prefix = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const parsed = parseAddress(address)
  if (parsed === undefined || Number(prefix) > bits(familyOf(parsed))) return undefined
  const network = ip6addr.createCIDR(`${parsed}/${prefix}`).address().toString()
  return `${familyOf(parsed) === 'ipv6' ? canonical(network) : network}/${prefix}`
}

const bits = (family: IpFamily): number => (family === 'ipv4' ? 32 : 128)

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

/** Two subnets either lie one in the other or apart. */
export function overlaps(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one)
}

/** IPv4 only: IPv6 has none. */
export function broadcastAddress(subnet: string): string | undefined {
  return familyOf(subnet) === 'ipv4' ? ip6addr.createCIDR(subnet).broadcast().toString() : undefined
}

/** Undefined past the end of the address space. */
export function addressAfter(address: string, by = 1): string | undefined {
  const next = ip6addr.parse(address).offset(by)?.toString()
  return next === undefined || familyOf(address) === 'ipv4' ? next : canonical(next)
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
