/** Which of the two an address is. */
import { isIP } from 'node:net'

export type IpFamily = 'ipv4' | 'ipv6'

/** Of an address or a CIDR that is one. */
export const familyOf = (address: string): IpFamily => (address.includes(':') ? 'ipv6' : 'ipv4')

/** Either family, without zone, prefix length or brackets. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%')

export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

/** Of the host alone: 127.0.0.0/8 and ::1. */
export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

/** Bits of an address: the prefix length of a single host. */
export const addressBits = { ipv4: 32, ipv6: 128 } as const
