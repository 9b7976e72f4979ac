/** `10.0.0.1/24` in parts; a bare address is a whole host. */
import { isIPv4 } from 'node:net'
import { ipBytes } from '../netlink/address.ts'

export interface Cidr {
  address: string
  prefixLength: number
  /** AF_INET, AF_INET6. */
  family: 2 | 10
}

export const familyOf = (address: string): Cidr['family'] => (isIPv4(address) ? 2 : 10)

export function parseCidr(text: string): Cidr {
  const [address = '', prefix] = text.split('/')
  const family = familyOf(address)
  const bits = ipBytes(address).length * 8
  const prefixLength = prefix === undefined ? bits : Number(prefix)
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefix === '')
    throw new TypeError(`not a prefix length: ${text}`)
  return { address, prefixLength, family }
}
