/** From what a request says of a pool to the pool itself, or to dockerd's own sentence about what is wrong with it. */
import { errors } from '../../api/errors.ts'
import type { PoolRecord, PoolRequest } from '../store/records.ts'
import { parseAddress } from '../../api/address/address.ts'
import { addressBytes } from '../../api/address/bytes.ts'
import {
  bounds,
  broadcastAddress,
  contains,
  isWithin,
  networkAddress,
  overlaps,
  parseSubnet,
  usableAddresses,
} from '../../api/address/subnet.ts'

/** Address space that is not free, and whose it is: `network web`, `the route to 10.8.0.0/16 through tun0`. */
export interface Occupied {
  subnet: string
  by: string
}

/** The first subnet in `occupied` that shares addresses with this one. */
export function conflict(subnet: string, occupied: Iterable<Occupied>): Occupied | undefined {
  const { first, last } = spanOf({ subnet })
  for (const other of occupied) {
    const span = spanOf(other)
    if (span.first.length === first.length && span.first <= last && first <= span.last) return other
  }
  return undefined
}

/** First and last address, as text of one character per byte, which compares as the addresses do. */
interface Span {
  first: string
  last: string
}

/** The same thousands are asked about each time. */
const spans = new WeakMap<Pick<Occupied, 'subnet'>, Span>()

function spanOf(occupied: Pick<Occupied, 'subnet'>): Span {
  let span = spans.get(occupied)
  if (span === undefined) {
    const [first, last] = bounds(occupied.subnet).map((address) => addressBytes(address).toString('latin1')) as [
      string,
      string,
    ]
    span = { first, last }
    spans.set(occupied, span)
  }
  return span
}

/** Addresses that no host on a link can have: this host, loopback, multicast, broadcast (RFC 6890; RFC 4291, 2.4). */
const unusable = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32', '::/128', '::1/128', 'ff00::/8']

/** Undefined for an address that a host can have, as far as its range goes. */
export const unusableRange = (address: string): string | undefined => unusable.find((range) => contains(range, address))

/** @param isUserConfigured false for one that ./default-pools.ts has chosen. */
export function planPool(request: PoolRequest, isUserConfigured: boolean): PoolRecord {
  const subnet = parseSubnet(request.subnet)
  if (subnet === undefined)
    throw errors.invalidParameter(`Invalid subnet ${request.subnet} : invalid CIDR address: ${request.subnet}`)
  const reserved = unusable.find((range) => overlaps(range, subnet))
  if (reserved !== undefined)
    throw errors.invalidParameter(`Invalid subnet ${request.subnet} : hosts cannot have addresses of ${reserved}`)
  const ipRange = planRange(subnet, request.ipRange)
  const gateway = planGateway(subnet, ipRange, request.gateway)
  const auxiliaryAddresses = planAuxiliary(subnet, gateway, request.auxiliaryAddresses ?? {})
  return { subnet, gateway, isUserConfigured, ...(ipRange === undefined ? {} : { ipRange }), auxiliaryAddresses }
}

function planRange(subnet: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const range = parseSubnet(text)
  if (range === undefined) throw errors.invalidParameter(`invalid ip-range ${text}: invalid CIDR address: ${text}`)
  if (!isWithin(range, subnet))
    throw errors.invalidParameter(`invalid ip-range ${text}: it does not lie in the subnet ${subnet}`)
  return range
}

/** Without a wish, the lowest address that a lease could have. */
function planGateway(subnet: string, ipRange: string | undefined, text: string | undefined): string {
  if (text === undefined || text === '') {
    for (const address of candidates(subnet, ipRange)) return address
    throw errors.invalidParameter(
      `failed to allocate gateway (): No available addresses on this pool: ${subnet} has none for hosts`,
    )
  }
  const gateway = parseAddress(text)
  if (gateway === undefined) throw errors.invalidParameter(`invalid gateway address ${text} in Ipam configuration`)
  if (!contains(subnet, gateway))
    throw errors.invalidParameter(`failed to allocate gateway (${text}): Requested address is out of range`)
  if (isReserved(subnet, gateway))
    throw errors.invalidParameter(`failed to allocate gateway (${text}): Address already in use`)
  return gateway
}

function planAuxiliary(subnet: string, gateway: string, requested: Record<string, string>): Record<string, string> {
  const planned = new Map<string, string>()
  const taken = new Set([gateway])
  for (const [name, text] of Object.entries(requested)) {
    const address = parseAddress(text)
    if (address === undefined) throw errors.invalidParameter(`non parsable secondary ip address (${name}:${text})`)
    if (!contains(subnet, address))
      throw errors.forbidden(`auxiliary address: (${name}:${text}) must belong to the master pool: ${subnet}`)
    if (taken.has(address) || isReserved(subnet, address)) {
      throw errors.invalidParameter(`failed to allocate secondary ip address (${name}:${text}): Address already in use`)
    }
    taken.add(address)
    planned.set(name, address)
  }
  // Any name is one of its own there, `__proto__` included.
  return Object.fromEntries(planned)
}

/** The network's own address and the broadcast address: no host can have them. */
export function isReserved(subnet: string, address: string): boolean {
  return address === networkAddress(subnet) || address === broadcastAddress(subnet)
}

/** Addresses that a dynamic lease may come from, lowest first. A range's own first and last address are as good as any inside the subnet. */
export function* candidates(subnet: string, ipRange: string | undefined): Generator<string> {
  if (ipRange === undefined || ipRange === subnet) {
    yield* usableAddresses(subnet)
    return
  }
  const [first, last] = [networkAddress(ipRange), broadcastAddress(ipRange)]
  if (!isReserved(subnet, first)) yield first
  yield* usableAddresses(ipRange)
  if (last !== undefined && last !== first && !isReserved(subnet, last)) yield last
}
