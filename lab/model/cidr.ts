/** Subnets as sets of addresses. */
import ip6addr from 'ip6addr'

/** Whether two subnets share an address: then one holds the other. */
export function overlaps(a: string, b: string): boolean {
  return includes(a, network(b)) || includes(b, network(a))
}

/** False for an address of the other family. */
export function includes(subnet: string, address: string): boolean {
  return isIpv6(subnet) === isIpv6(address) && ip6addr.createCIDR(subnet).contains(address)
}

/** The subnet without host bits: `10.0.0.1/24` is in `10.0.0.0/24`. */
export function subnetOf(cidr: string): string {
  const subnet = ip6addr.createCIDR(cidr)
  return `${subnet.address().toString()}/${subnet.prefixLength()}`
}

/** Equal however it is written: `FD00::01` is `fd00::1`. */
export function isSameAddress(a: string, b: string): boolean {
  return isIpv6(a) === isIpv6(b) && ip6addr.compare(a, b) === 0
}

/** The same address with the same prefix length. */
export function isSameCidr(a: string, b: string): boolean {
  const [addressA = '', lengthA] = a.split('/')
  const [addressB = '', lengthB] = b.split('/')
  return lengthA === lengthB && isSameAddress(addressA, addressB)
}

function network(cidr: string): string {
  return subnetOf(cidr).split('/')[0]!
}

function isIpv6(address: string): boolean {
  return address.includes(':')
}
