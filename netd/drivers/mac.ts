/** Deterministic hardware addresses, as dockerd gives them: the same address always has the same MAC, so no neighbour's cache is ever stale. */
import { isIPv4 } from 'node:net'
import { canonicalAddress } from '../../api/address/address.ts'

/** `02:42` and the four bytes of the IPv4 address; for an endpoint without one, of `seed`, hexadecimal. 02 is "locally administered" (IEEE 802, U/L bit). */
export function macFor(ipv4: string | undefined, seed: string): string {
  const bytes =
    ipv4 !== undefined && isIPv4(ipv4)
      ? ipv4.split('.').map(Number)
      : seed
          .match(/../g)!
          .slice(0, 4)
          .map((pair) => Number.parseInt(pair, 16))
  return ['02', '42', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/** The IPv6 address that a link gives itself: its MAC with ff:fe in the middle and the U/L bit turned (RFC 4291, appendix A). */
export function linkLocal(mac: string): string {
  const [first = 0, ...rest] = mac.split(':').map((byte) => Number.parseInt(byte, 16))
  const bytes = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)]
  const groups = [0, 2, 4, 6].map((at) => ((bytes[at]! << 8) | bytes[at + 1]!).toString(16))
  return canonicalAddress(`fe80::${groups.join(':')}`)
}
