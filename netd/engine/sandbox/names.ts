/** What a container is called on its user-defined networks, and the resolver that knows it. */
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { ContainerState, DnsEndpoint } from '../../dataplane/protocol.ts'
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
 * On user-defined networks, for the names; and wherever the host's own resolver listens on loopback only, which a
 * container cannot reach (dockerd falls back to a public resolver there).
 */
export function hasEmbeddedResolver(
  engine: Pick<Engine, 'config'>,
  sandbox: SandboxRecord,
  endpoints: ActiveEndpoint[],
): boolean {
  if (endpoints.some(({ network }) => isUserDefined(network))) return true
  const isOnBridge = endpoints.some(({ lease }) => lease.interface !== '')
  return isOnBridge && givenNameservers(engine, sandbox).length === 0 && hostNameservers().length === 0
}

/** The container's own, or else the daemon's; empty where it is for the host's to say. */
function givenNameservers({ config }: Pick<Engine, 'config'>, { resolver }: SandboxRecord): string[] {
  return resolver.nameservers.length > 0 ? resolver.nameservers : config.dns
}

/** To servers outside: not from internal networks alone. */
const isForwarding = (endpoints: ActiveEndpoint[]): boolean => endpoints.some(({ network }) => !network.isInternal)

/** Absent where the container has none. */
export function resolverOf(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoints: ActiveEndpoint[],
): ContainerState['resolver'] {
  if (!hasEmbeddedResolver(engine, sandbox, endpoints)) return undefined
  const given = givenNameservers(engine, sandbox)
  return {
    namespace: sandboxPath(engine.config, sandbox.id),
    options: {
      upstreams: (given.length > 0 ? given : hostResolver().nameservers).slice(0, 3),
      isForwarding: isForwarding(endpoints),
    },
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
  const [had, has] = [hasEmbeddedResolver(engine, sandbox, before), hasEmbeddedResolver(engine, sandbox, after)]
  if (has && (!had || isForwarding(before) !== isForwarding(after))) return openNames(engine, sandbox, after)
  if (had && !has) return engine.dns.close(sandbox.id)
  if (has) for (const endpoint of after) if (!isIn(before, endpoint)) await joinNames(engine, sandbox, endpoint)
}
