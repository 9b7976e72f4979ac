/** What a container is called on its user-defined networks, and the resolver that knows it. */
import { isDeepStrictEqual } from 'node:util'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import { resolverAddress, type ContainerState, type DnsEndpoint, type Upstream } from '../../dataplane/protocol.ts'
import type { SandboxRecord, EndpointRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isUserDefined } from '../networks/resolve-network.ts'
import { activeEndpointsOf, type ActiveEndpoint } from './endpoints.ts'
import { hostNameservers, hostResolver } from '../host-resolver.ts'
import { sandboxPath } from './namespaces.ts'

/** Name, aliases, short id and a host name of its own, as dockerd's `DNSNames` has them. */
export function namesOf({ id, name, hostname }: SandboxRecord, { request }: EndpointRecord): string[] {
  return [...new Set([name, ...(request.aliases ?? []), id.slice(0, 12), hostname])]
}

/**
 * On user-defined networks, for the names; and wherever a container can reach none of the host's own name servers, because
 * they are on its loopback or on a link of its own (dockerd falls back to a public resolver there).
 */
export function hasEmbeddedResolver(
  engine: Pick<Engine, 'config'>,
  sandbox: SandboxRecord,
  endpoints: ActiveEndpoint[],
): boolean {
  if (endpoints.some(({ network }) => isUserDefined(network))) return true
  const isOnBridge = endpoints.some(({ lease }) => lease.interface !== '')
  if (!isOnBridge || givenNameservers(engine, sandbox).length > 0) return false
  return hostNameservers({ hasIpv6: hasIpv6(endpoints) }).length === 0
}

export const hasIpv6 = (endpoints: ActiveEndpoint[]): boolean => endpoints.some(({ lease }) => lease.ipv6 !== undefined)

/** The container's own, or else the daemon's; empty where it is for the host's to say. */
export function givenNameservers({ config }: Pick<Engine, 'config'>, { resolver }: SandboxRecord): string[] {
  return resolver.nameservers.length > 0 ? resolver.nameservers : config.dns
}

/**
 * Who is asked what our networks do not know. Servers that were given are asked from the container, by its own loopback and
 * its own routes, as moby does; the host's from the host, and not for a container that internal networks keep inside.
 */
function upstreamsOf(engine: Engine, sandbox: SandboxRecord, endpoints: ActiveEndpoint[]): Upstream[] {
  const namespace = sandboxPath(engine.config, sandbox.id)
  // The resolver itself would ask itself, and again.
  const given = givenNameservers(engine, sandbox).filter((address) => address !== resolverAddress)
  if (given.length > 0) return given.map((address) => ({ address, namespace }))
  if (endpoints.every(({ network }) => network.isInternal)) return []
  return hostResolver().nameservers.map((address) => ({ address }))
}

/** Absent where the container has none. */
export function resolverOf(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoints: ActiveEndpoint[],
): ContainerState['resolver'] {
  if (!hasEmbeddedResolver(engine, sandbox, endpoints)) return undefined
  return {
    namespace: sandboxPath(engine.config, sandbox.id),
    options: { upstreams: upstreamsOf(engine, sandbox, endpoints) },
  }
}

/** Each name also with the network's after it, which says which of several networks is meant; a reverse lookup gives `web.front`, as dockerd does. */
export function dnsEndpoint(
  sandbox: SandboxRecord,
  { network, endpoint, lease }: ActiveEndpoint,
): DnsEndpoint | undefined {
  if (!isUserDefined(network)) return undefined
  return {
    names: namesOf(sandbox, endpoint).flatMap((name) => [`${name}.${network.name}`, name]),
    ...(lease.ipv4 === undefined ? {} : { ipv4: withoutPrefix(lease.ipv4) }),
    ...(lease.ipv6 === undefined ? {} : { ipv6: withoutPrefix(lease.ipv6) }),
  }
}

/** Its names are known, and it is listened to in the container's namespace, before the container runs. */
async function openNames(engine: Engine, sandbox: SandboxRecord, endpoints: ActiveEndpoint[]): Promise<void> {
  const resolver = resolverOf(engine, sandbox, endpoints)
  if (resolver === undefined) return
  for (const endpoint of endpoints) await joinNames(engine, sandbox, endpoint)
  await engine.dns.open(sandbox.id, resolver.namespace, resolver.options)
}

export async function joinNames(engine: Engine, sandbox: SandboxRecord, endpoint: ActiveEndpoint): Promise<void> {
  const known = dnsEndpoint(sandbox, endpoint)
  if (known !== undefined) await engine.dns.join(endpoint.network.id, sandbox.id, known)
}

export async function closeNames(engine: Engine, sandbox: SandboxRecord): Promise<void> {
  for (const { network } of activeEndpointsOf(engine, sandbox)) await engine.dns.leave(network.id, sandbox.id)
  // Its sockets are in the namespace, and would keep it alive.
  await engine.dns.close(sandbox.id)
}

/** As endpoints come or go: the resolver is opened, closed, or told, whichever the change asks for. */
export async function changeNames(
  engine: Engine,
  sandbox: SandboxRecord,
  before: ActiveEndpoint[],
  after: ActiveEndpoint[],
): Promise<void> {
  const isIn = (endpoints: ActiveEndpoint[], { lease }: ActiveEndpoint): boolean =>
    endpoints.some((endpoint) => endpoint.lease === lease)
  for (const gone of before) if (!isIn(after, gone)) await engine.dns.leave(gone.network.id, sandbox.id)
  const [had, has] = [resolverOf(engine, sandbox, before), resolverOf(engine, sandbox, after)]
  if (has !== undefined && !isDeepStrictEqual(had, has)) return openNames(engine, sandbox, after)
  if (had !== undefined && has === undefined) return engine.dns.close(sandbox.id)
  if (has !== undefined)
    for (const endpoint of after) if (!isIn(before, endpoint)) await joinNames(engine, sandbox, endpoint)
}
