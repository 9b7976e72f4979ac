/** Addresses and subnets as canonical text (RFC 5952), which is how they are stored, compared and put into sets. */
import { isIP, SocketAddress } from 'node:net'
import ip6addr from 'ip6addr'

export type IpFamily = 'ipv4' | 'ipv6'

export const familyOf = (address: string): IpFamily => (address.includes(':') ? 'ipv6' : 'ipv4')

/** Undefined for what is no address, has a zone, or is an IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`). */
export function parseAddress(text: string): string | undefined {
  const version = isIP(text)
  if (version === 0 || text.includes('%') || (version === 6 && ip6addr.createCIDR('::ffff:0:0/96').contains(text))) return undefined
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

/** False across families. */
export function contains(subnet: string, address: string): boolean {
  return familyOf(subnet) === familyOf(address) && ip6addr.createCIDR(subnet).contains(address)
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

/** The subnet of the same size that follows; undefined past the end of the address space. */
export function subnetAfter(subnet: string): string | undefined {
  const length = prefixLength(subnet)
  const hostBits = bits(familyOf(subnet)) - length
  // Bits above what one offset reaches (2^32 - 1) are stepped over by the last address: the next one is its successor.
  const last = hostBits < 32 ? addressAfter(networkAddress(subnet), 2 ** hostBits - 1) : lastAddress(subnet)
  const next = last === undefined ? undefined : addressAfter(last)
  return next === undefined ? undefined : `${next}/${length}`
}

function lastAddress(subnet: string): string {
  return ip6addr.createCIDR(subnet).last().toString()
}

/** Addresses of a subnet that a host can have, lowest first, from the given one on. */
export function* usableAddresses(subnet: string): Generator<string> {
  const broadcast = broadcastAddress(subnet)
  // 2^32 hosts are more than anybody counts through; the network address is IPv6's subnet-router anycast (RFC 4291, 2.6.1).
  for (let address = addressAfter(networkAddress(subnet)); address !== undefined && contains(subnet, address); address = addressAfter(address)) {
    if (address !== broadcast) yield address
  }
}

/** The prefix length of `subnet` on one of its addresses: `10.0.0.5/24`. */
export const inSubnet = (address: string, subnet: string): string => `${address}/${prefixLength(subnet)}`

export const withoutPrefix = (cidr: string): string => cidr.split('/')[0]!
