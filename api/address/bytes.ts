/** Addresses between text and the bytes that messages carry. Kernel threads start with this, so it stays small. */
import { isIPv4 } from 'node:net'
import { canonicalAddress } from './address.ts'
import { isAddress } from './family.ts'

/** 4 or 16 bytes in network order; throws TypeError for what is no address. */
export function addressBytes(text: string): Buffer {
  if (!isAddress(text)) throw new TypeError(`not an IP address: ${text}`)
  return isIPv4(text) ? ipv4Bytes(text) : ipv6Bytes(canonicalAddress(text))
}

const ipv4Bytes = (text: string): Buffer => Buffer.from(text.split('.').map(Number))

function ipv6Bytes(text: string): Buffer {
  // The last 32 bits may be dotted, RFC 4291 section 2.2.
  const hex = text.replace(/[\d.]+\.[\d.]+$/, (dotted) =>
    ipv4Bytes(dotted)
      .toString('hex')
      .replace(/^.{4}/, (group) => `${group}:`),
  )
  const [before = [], after = []] = hex.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const bytes = Buffer.alloc(16)
  const write = (groups: string[], at: number): void =>
    groups.forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), at + index * 2))
  write(before, 0)
  write(after, 16 - after.length * 2)
  return bytes
}

/** 4 or 16 bytes, as ip(8) prints them. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`)
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g)!
  return canonicalAddress(groups.join(':'))
}
