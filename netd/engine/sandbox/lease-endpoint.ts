/**
 * An endpoint's lease: interface names, MAC and addresses, taken in one go between two awaits, so that nobody else can
 * take the same. What is held is derived from the records each time; there is no list of leases that could go stale.
 */
import { errors } from '../../../api/errors.ts'
import type { Driver } from '../../drivers/driver.ts'
import { endpointOption, endpointOptions } from '../../drivers/endpoint-options.ts'
import { macFor } from '../../drivers/mac.ts'
import { linkLocalAddress } from '../../ipam/link-local.ts'
import { nextAddress, staticAddress, type Held } from '../../ipam/lease.ts'
import { parseAddress } from '../../../api/address/address.ts'
import { familyOf } from '../../../api/address/family.ts'
import { contains, inSubnet, withoutPrefix } from '../../../api/address/subnet.ts'
import type { SandboxRecord, EndpointLease, NetworkRecord, PoolRecord, RequestedEndpoint } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOn, endpointsOn } from '../networks/endpoints-on.ts'
import { driverOf } from '../networks/resolve-network.ts'
import { everyAddressOf } from './endpoints.ts'

/** Waits for a removal of the network that is under way, and then fails with it. The lease stands in the sandbox's record. */
export function leaseEndpoint(
  engine: Engine,
  sandbox: SandboxRecord,
  networkId: string,
  request: RequestedEndpoint,
): Promise<EndpointLease> {
  return engine.locks.run(`network:${networkId}`, async () => {
    const network = engine.store.networks.get(networkId)
    if (network === undefined) throw errors.networkNotFound(networkId)
    const lease = planLease(engine, sandbox, network, request)
    sandbox.endpoints[networkId] = { networkId, request, lease }
    engine.store.sandboxes.put(sandbox.id, sandbox)
    return lease
  })
}

function planLease(
  engine: Engine,
  sandbox: SandboxRecord,
  network: NetworkRecord,
  request: RequestedEndpoint,
): EndpointLease {
  const driver = driverOf(engine, network)
  const endpointId = engine.newId()
  const { hostInterface, interfacePrefix } = driver.endpointNames(network, endpointId)
  if (!driver.hasSubnets) return { endpointId, hostInterface, interface: '', mac: '', mtu: 0 }
  refuseOverLimit(engine, driver, network)
  const addresses = leaseAddresses(engine, sandbox, network, request)
  const mac =
    driver.macRefusal(network) === undefined
      ? (request.mac ?? macFor(addresses.ipv4 === undefined ? undefined : withoutPrefix(addresses.ipv4), endpointId))
      : ''
  return {
    endpointId,
    hostInterface,
    interface: nextInterface(sandbox, network, interfacePrefix, request),
    mac,
    mtu: network.mtu,
    ...addresses,
    ...leaseLinkLocal(engine, network, request),
  }
}

function refuseOverLimit(engine: Engine, driver: Driver, network: NetworkRecord): void {
  const limit = driver.endpointLimit(network)
  if (limit === undefined || activeEndpointsOn(engine, network).length < limit.count) return
  throw errors.tooManyEndpoints(network.name, limit.count, limit.reason)
}

/** One address of each family, from the first subnet that has the wished-for one or a free one. */
function leaseAddresses(
  engine: Engine,
  sandbox: SandboxRecord,
  network: NetworkRecord,
  request: RequestedEndpoint,
): Pick<EndpointLease, 'ipv4' | 'ipv6' | 'gateway' | 'gatewayIpv6' | 'isOnLink'> {
  const wishes = {
    ipv4: request.ipam?.ipv4,
    ipv6: request.ipam?.ipv6,
  }
  const driver = driverOf(engine, network)
  const leases: ReturnType<typeof leaseAddresses> = {}
  for (const [family, pools] of Map.groupBy(network.pools, ({ subnet }) => familyOf(subnet))) {
    const { pool, address } = leaseAddress(engine, sandbox, network, pools, wishes[family])
    leases[family] = inSubnet(address, pool.subnet)
    // An internal network leads nowhere, so nobody is its gateway.
    if (network.isInternal) continue
    if (driver.wayOut(network) === 'link') leases.isOnLink = true
    else leases[family === 'ipv4' ? 'gateway' : 'gatewayIpv6'] = pool.gateway
  }
  return leases
}

function leaseAddress(
  engine: Engine,
  sandbox: SandboxRecord,
  network: NetworkRecord,
  pools: PoolRecord[],
  wish: string | undefined,
): { pool: PoolRecord; address: string } {
  if (wish !== undefined) {
    const address = staticAddress(pools, leasedAddresses(engine, network), wish)
    return { pool: pools.find(({ subnet }) => contains(subnet, address))!, address }
  }
  const held = heldAddresses(engine, network, sandbox)
  for (const pool of pools) {
    const address = nextAddress(pool, held)
    if (address !== undefined) return { pool, address }
  }
  throw errors.noFreeAddress(
    familyOf(pools[0]!.subnet) === 'ipv4' ? 'IPv4' : 'IPv6',
    network.name,
    network.id,
    pools.map(({ subnet, ipRange }) => ipRange ?? subnet).join(' and '),
  )
}

/** Beside the others, and on this network nobody else's. */
function leaseLinkLocal(
  engine: Engine,
  network: NetworkRecord,
  { ipam }: RequestedEndpoint,
): Pick<EndpointLease, 'linkLocal'> {
  if (ipam?.linkLocal === undefined || ipam.linkLocal.length === 0) return {}
  const held = leasedAddresses(engine, network)
  const linkLocal = ipam.linkLocal.map((text) => linkLocalAddress(network.pools, text))
  for (const address of linkLocal.map(withoutPrefix)) {
    const holder = held.get(address)
    if (holder !== undefined) throw errors.addressInUse(address, holder)
  }
  return { linkLocal }
}

/** Of running containers: nobody else can have them. */
function leasedAddresses(engine: Engine, network: NetworkRecord): Map<string, string> {
  const held = new Map<string, string>()
  for (const { sandbox, lease } of activeEndpointsOn(engine, network)) {
    for (const address of everyAddressOf(lease)) held.set(address, `held by container ${sandbox.name}`)
  }
  return held
}

/** And those that stopped containers will ask for when they start: given away dynamically, they could not (moby #26284). */
function heldAddresses(engine: Engine, network: NetworkRecord, except: SandboxRecord): Held {
  const held = leasedAddresses(engine, network)
  for (const { sandbox, endpoint } of endpointsOn(engine, network.id)) {
    const { ipv4, ipv6 } = endpoint.request.ipam ?? {}
    for (const text of [ipv4, ipv6]) {
      const address = text && sandbox !== except ? parseAddress(text) : undefined
      if (address !== undefined) held.set(address, `kept for container ${sandbox.name}`)
    }
  }
  return held
}

/** The name asked for, or the first of `eth0`, `eth1`, … that the container does not have. */
function nextInterface(
  sandbox: SandboxRecord,
  network: NetworkRecord,
  prefix: string,
  request: RequestedEndpoint,
): string {
  const endpoints = Object.values(sandbox.endpoints)
  const taken = new Set(endpoints.map(({ lease }) => lease?.interface))
  const { interfaceName } = endpointOptions(request.driverOptions ?? {}, network.mtu)
  if (interfaceName !== undefined) {
    if (interfaceName === 'lo' || taken.has(interfaceName))
      throw errors.conflict(`container ${sandbox.name} already has an interface ${interfaceName}`)
    return interfaceName
  }
  // Those that others ask for are theirs also at the next start, whoever is first then.
  for (const other of endpoints) taken.add(other.request.driverOptions?.[endpointOption.interfaceName])
  for (let number = 0; ; number++) if (!taken.has(`${prefix}${number}`)) return `${prefix}${number}`
}
