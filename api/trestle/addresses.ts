/** Addresses as Trestle's own requests take them. */
import { z } from 'zod'

/** Multicast, broadcast and unspecified addresses (RFC 1122 3.2.1.3, RFC 4291 2.5.2 and 2.7) belong to no one interface. */
const ofNoHost = /^(0\.|22[4-9]\.|23\d\.|255\.255\.255\.255|ff[0-9a-f]{2}:|::\/)/i

/** CIDR of one host: `10.0.0.1/24`, `fd00::1/64`. */
export const hostCidr = z
  .union([z.cidrv4(), z.cidrv6()], 'not an address with a prefix length, such as 10.0.0.1/24 or fd00::1/64')
  .refine((cidr) => !ofNoHost.test(cidr), 'not an address that one interface can have')

/** IEEE 802: the lowest bit of the first octet means a group; an interface's own address is never one, and never all zeros. */
export const unicastMac = z
  .mac('not a MAC address such as 02:00:00:00:00:01')
  .refine(
    (mac) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && !/^[0:]+$/.test(mac),
    'not a unicast MAC address: the first octet must be even, and not all may be zero',
  )
