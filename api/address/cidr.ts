/** `10.0.0.1/24` in parts. */
import { isSameAddress } from './address.ts'
import { addressBits, familyOf, isAddress, type IpFamily } from './family.ts'

export interface Cidr {
  address: string
  prefixLength: number
  family: IpFamily
}

/** A bare address is a whole host. Throws TypeError for what is neither; a length past the address is the kernel's to refuse. */
export function parseCidr(text: string): Cidr {
  const [address = '', prefix] = text.split('/')
  if (!isAddress(address)) throw new TypeError(`not an IP address: ${text}`)
  const family = familyOf(address)
  const prefixLength = prefix === undefined ? addressBits[family] : Number(prefix)
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefix === '')
    throw new TypeError(`not a prefix length: ${text}`)
  return { address, prefixLength, family }
}

/** The same address with the same prefix length, however they are written. */
export function isSameCidr(one: string, other: string): boolean {
  const [address = '', length] = one.split('/')
  const [otherAddress = '', otherLength] = other.split('/')
  return length === otherLength && isSameAddress(address, otherAddress)
}
