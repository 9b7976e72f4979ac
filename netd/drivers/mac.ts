/** Deterministic hardware addresses, as dockerd gives them: the same address always has the same MAC, so no neighbour's cache is ever stale. */
import { isIPv4 } from 'node:net'

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
