/** Who answers to which name on which network: in memory and synchronous, so that a name is known the moment it is joined. */
import { canonicalAddress } from '../../../api/address/address.ts'
import type { DnsEndpoint } from '../protocol.ts'

export interface Found {
  ipv4: string[]
  ipv6: string[]
}

interface Zone {
  endpoints: Map<string, DnsEndpoint>
  /** Lower-case name to the containers that answer to it. */
  byName: Map<string, Set<string>>
  byAddress: Map<string, string>
}

export class NameTable {
  readonly #zones = new Map<string, Zone>()
  readonly #networksOf = new Map<string, Set<string>>()

  clear(): void {
    this.#zones.clear()
    this.#networksOf.clear()
  }

  join(networkId: string, containerId: string, endpoint: DnsEndpoint): void {
    this.leave(networkId, containerId)
    const zone = getOrMake(this.#zones, networkId, () => ({
      endpoints: new Map(),
      byName: new Map(),
      byAddress: new Map(),
    }))
    zone.endpoints.set(containerId, endpoint)
    for (const name of endpoint.names) getOrMake(zone.byName, canonicalName(name), () => new Set()).add(containerId)
    for (const address of [endpoint.ipv4, endpoint.ipv6])
      if (address !== undefined) zone.byAddress.set(canonicalAddress(address), containerId)
    getOrMake(this.#networksOf, containerId, () => new Set()).add(networkId)
  }

  leave(networkId: string, containerId: string): void {
    const zone = this.#zones.get(networkId)
    const endpoint = zone?.endpoints.get(containerId)
    if (zone === undefined || endpoint === undefined) return
    zone.endpoints.delete(containerId)
    for (const name of endpoint.names.map(canonicalName)) {
      zone.byName.get(name)?.delete(containerId)
      if (zone.byName.get(name)?.size === 0) zone.byName.delete(name)
    }
    for (const address of [endpoint.ipv4, endpoint.ipv6]) {
      if (address !== undefined && zone.byAddress.get(canonicalAddress(address)) === containerId)
        zone.byAddress.delete(canonicalAddress(address))
    }
    if (zone.endpoints.size === 0) this.#zones.delete(networkId)
    const networks = this.#networksOf.get(containerId)
    networks?.delete(networkId)
    if (networks?.size === 0) this.#networksOf.delete(containerId)
  }

  /** Every address of the name on the networks the asking container has joined; undefined when nobody there has the name. */
  lookup(containerId: string, name: string): Found | undefined {
    const found: Found = { ipv4: [], ipv6: [] }
    let isKnown = false
    const key = canonicalName(name)
    for (const networkId of this.#networksOf.get(containerId) ?? []) {
      const zone = this.#zones.get(networkId)!
      for (const id of zone.byName.get(key) ?? []) {
        isKnown = true
        const { ipv4, ipv6 } = zone.endpoints.get(id)!
        if (ipv4 !== undefined) found.ipv4.push(ipv4)
        if (ipv6 !== undefined) found.ipv6.push(ipv6)
      }
    }
    return isKnown ? found : undefined
  }

  /** The first name of whoever has the address. */
  reverse(containerId: string, address: string): string | undefined {
    for (const zone of this.#zonesOf(containerId)) {
      const id = zone.byAddress.get(canonicalAddress(address))
      if (id !== undefined) return zone.endpoints.get(id)!.names[0]
    }
    return undefined
  }

  *#zonesOf(containerId: string): Generator<Zone> {
    for (const networkId of this.#networksOf.get(containerId) ?? []) yield this.#zones.get(networkId)!
  }
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}

/** DNS compares ASCII letters without case (RFC 4343); a trailing dot only says that the name is whole. */
function canonicalName(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** `4.3.2.1.in-addr.arpa` is 1.2.3.4 (RFC 1035 §3.5); 32 nibbles under `ip6.arpa` an IPv6 address (RFC 3596 §2.5). */
export function addressOfReverseName(name: string): string | undefined {
  const lower = canonicalName(name)
  const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(lower)
  if (ipv4 !== null)
    return ipv4
      .slice(1)
      .map(Number)
      .every((byte) => byte <= 255)
      ? ipv4.slice(1).toReversed().join('.')
      : undefined
  const ipv6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(lower)
  if (ipv6 === null) return undefined
  const nibbles = ipv6[1]!.replaceAll('.', '').split('').toReversed().join('')
  return nibbles.match(/.{4}/g)!.join(':')
}
