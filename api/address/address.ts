/** Addresses as canonical text (RFC 5952), which is how they are stored, compared and put into sets. */
import { SocketAddress } from 'node:net'
import { familyOf, isAddress } from './family.ts'

/** As inet_ntop(3) prints it: `FD00:0::1` is `fd00::1`. Takes what `isAddress` says yes to. */
export function canonicalAddress(address: string): string {
  // Not ip6addr, which shortens a single zero group as well: RFC 5952 section 4.2.2 forbids that.
  return familyOf(address) === 'ipv4' ? address : new SocketAddress({ address, family: 'ipv6' }).address
}

/** Undefined for what is no address, has a zone, or is an IPv4 address in IPv6's clothes (`::ffff:10.0.0.1`, `::10.0.0.1`). */
export function parseAddress(text: string): string | undefined {
  if (!isAddress(text)) return undefined
  const address = canonicalAddress(text)
  return address.includes(':') && address.includes('.') ? undefined : address
}

/** However they are written: `FD00::01` is `fd00::1`. */
export const isSameAddress = (one: string, other: string): boolean => canonicalAddress(one) === canonicalAddress(other)
