/** IP and hardware addresses between text and bytes. */
import { isIPv4, isIPv6 } from 'node:net'
import type { Format } from './codec/format.ts'

export function ipv4Bytes(text: string): Buffer {
  if (!isIPv4(text)) throw new TypeError(`not an IPv4 address: ${text}`)
  return Buffer.from(text.split('.').map(Number))
}

export function ipv6Bytes(text: string): Buffer {
  if (!isIPv6(text) || text.includes('%')) throw new TypeError(`not an IPv6 address: ${text}`)
  // The last 32 bits may be dotted, RFC 4291 section 2.2.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const plain =
    dotted === null
      ? text
      : `${dotted[1]}${ipv4Bytes(dotted[2] as string)
          .toString('hex')
          .replace(/^(.{4})/, '$1:')}`
  const [head = '', tail] = plain.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const all =
    tail === undefined
      ? before
      : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after]
  const bytes = Buffer.alloc(16)
  all.forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2))
  return bytes
}

export function ipBytes(text: string): Buffer {
  return isIPv4(text) ? ipv4Bytes(text) : ipv6Bytes(text)
}

/** RFC 5952: lower case, the longest run of two or more zero groups as `::`. IPv4-mapped addresses keep their dotted tail. */
function ipv6Text(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, 16)
  const groups = Array.from({ length: 8 }, (_, index) => view.readUInt16BE(index * 2))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return `::ffff:${[...view.subarray(12)].join('.')}`
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const hex = groups.map((group) => group.toString(16))
  if (best.start === -1) return hex.join(':')
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`
}

/** 4 or 16 bytes, as ip(8) prints them. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length === 16) return ipv6Text(bytes)
  throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`)
}

export const ip: Format<string> = { write: (writer, value) => writer.raw(ipBytes(value)), read: ipText }

/** Hardware address, `02:42:ac:11:00:02`; any length, because not every link is Ethernet. */
export const hardwareAddress: Format<string> = {
  write: (writer, value) => writer.raw(Buffer.from(value.replaceAll(':', ''), 'hex')),
  read: (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
}
