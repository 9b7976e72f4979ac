/** RTM_*ROUTE: linux/rtnetlink.h. */
import { family, ip } from '../address.ts'
import { attributes } from '../codec/attributes.ts'
import { be16, bytes, enumeration, u32, u8 } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import { scope } from './scope.ts'

export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26

/** RT_TABLE_MAIN. */
export const mainTable = 254

/** RTN_*. */
export const routeType = enumeration(u8, {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
})

/**
 * struct rtmsg; a table above 255 stands in RTA_TABLE:
 *
 *     0        1         2         3      4       5          6       7      8                 12
 *     +--------+---------+---------+------+-------+----------+-------+------+-----------------+
 *     | family | dst len | src len | tos  | table | protocol | scope | type | flags           |
 *     +--------+---------+---------+------+-------+----------+-------+------+-----------------+
 */
const rtmsg = {
  family,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  shortTable: u8,
  /** RTPROT_*: who made it. */
  protocol: enumeration(u8, { unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9 }),
  scope,
  type: routeType,
  flags: u32,
} as const

/**
 * Where a route leads, by a key that is the same for the same subnet only, without decoding the message: of IPv4 a number,
 * of IPv6 text of one character per byte, see `destinationKey`. Undefined for a default route.
 */
export function routeDestination(datagram: Buffer, start: number, end: number): number | string | undefined {
  for (let at = start + headerBytes; at + 4 <= end;) {
    const length = datagram.readUInt16LE(at)
    if (datagram.readUInt16LE(at + 2) === RTA_DST)
      return destinationKey(datagram, at + 4, at + length, datagram[start + 1]!)
    if (length < 4) return undefined
    at += (length + 3) & ~3
  }
  return undefined
}

/** Of the address at these bounds, and the prefix length. */
export function destinationKey(bytes: Buffer, start: number, end: number, prefixLength: number): number | string {
  if (end - start === 4) return bytes.readUInt32BE(start) * 64 + prefixLength
  return String.fromCharCode(prefixLength) + bytes.toString('latin1', start, end)
}

const RTA_DST = 1
/** sizeof(struct rtmsg) */
const headerBytes = 12

export const routeMessage = new Message(
  rtmsg,
  attributes({
    destination: [1, ip],
    source: [2, ip],
    iif: [3, u32],
    oif: [4, u32],
    gateway: [5, ip],
    priority: [6, u32],
    preferredSource: [7, ip],
    metrics: [8, bytes],
    multipath: [9, bytes],
    cacheinfo: [12, bytes],
    table: [15, u32],
    mark: [16, u32],
    preference: [20, u8],
    ipProtocol: [27, u8],
    sourcePort: [28, be16],
    destinationPort: [29, be16],
  }),
)
