/** What a container is called on its user-defined networks, and the resolver that knows it. */
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { ContainerRecord, EndpointRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isUserDefined } from '../networks/resolve-network.ts'
import { activeEndpointsOf, type ActiveEndpoint } from './endpoint-plans.ts'
import { hostNameservers, hostResolver } from './host-resolver.ts'
import { sandboxPath } from './namespaces.ts'

/** Name, aliases, short id and a host name of its own, as dockerd's `DNSNames` has them. */
export function namesOf({ id, name, config }: ContainerRecord, { request }: EndpointRecord): string[] {
  return [
    ...new Set([name, ...(request.Aliases ?? []), id.slice(0, 12), ...(config.Hostname ? [config.Hostname] : [])]),
  ]
}

/**
 * On user-defined networks, for the names; and wherever the host's own resolver listens on loopback only, which a
 * container cannot reach (dockerd falls back to a public resolver there).
 */
export function hasEmbeddedResolver(
  engine: Pick<Engine, 'config'>,
  container: ContainerRecord,
  endpoints: ActiveEndpoint[],
): boolean {
  if (endpoints.some(({ network }) => isUserDefined(network))) return true
  const isOnBridge = endpoints.some(({ lease }) => lease.interface !== '')
  const own = container.hostConfig.Dns?.length ? container.hostConfig.Dns : engine.config.dns
  return isOnBridge && own.length === 0 && hostNameservers().length === 0
}

/** Listens in the container's namespace and knows its names before the container runs. */
export async function openNames(engine: Engine, container: ContainerRecord): Promise<void> {
  const endpoints = activeEndpointsOf(engine, container)
  if (!hasEmbeddedResolver(engine, container, endpoints)) return
  const own = container.hostConfig.Dns?.length ? container.hostConfig.Dns : engine.config.dns
  await engine.dns.open(container.id, sandboxPath(engine.config, container.id), {
    upstreams: (own.length > 0 ? own : hostResolver().nameservers).slice(0, 3),
    isForwarding: endpoints.some(({ network }) => !network.isInternal),
  })
  for (const endpoint of endpoints) joinNames(engine, container, endpoint)
}

/** Each name also with the network's after it, which says which of several networks is meant; a reverse lookup gives `web.front`, as dockerd does. */
export function joinNames(
  engine: Engine,
  container: ContainerRecord,
  { network, endpoint, lease }: ActiveEndpoint,
): void {
  if (!isUserDefined(network)) return
  engine.dns.join(network.id, container.id, {
    names: namesOf(container, endpoint).flatMap((name) => [`${name}.${network.name}`, name]),
    ...(lease.ipv4 === undefined ? {} : { ipv4: withoutPrefix(lease.ipv4) }),
    ...(lease.ipv6 === undefined ? {} : { ipv6: withoutPrefix(lease.ipv6) }),
  })
}

export async function closeNames(engine: Engine, container: ContainerRecord): Promise<void> {
  for (const { network } of activeEndpointsOf(engine, container)) engine.dns.leave(network.id, container.id)
  // Its sockets are in the namespace, and would keep it alive.
  await engine.dns.close(container.id)
}

/** After an endpoint came or went: the resolver is opened, closed, or told, whichever the change asks for. */
export async function changeNames(engine: Engine, container: ContainerRecord, before: ActiveEndpoint[]): Promise<void> {
  const after = activeEndpointsOf(engine, container)
  const isIn = (endpoints: ActiveEndpoint[], { lease }: ActiveEndpoint): boolean =>
    endpoints.some((endpoint) => endpoint.lease === lease)
  for (const gone of before) if (!isIn(after, gone)) engine.dns.leave(gone.network.id, container.id)
  const [had, has] = [hasEmbeddedResolver(engine, container, before), hasEmbeddedResolver(engine, container, after)]
  const isForwarding = (endpoints: ActiveEndpoint[]): boolean => endpoints.some(({ network }) => !network.isInternal)
  if (has && (!had || isForwarding(before) !== isForwarding(after))) return openNames(engine, container)
  if (had && !has) return engine.dns.close(container.id)
  if (has) for (const endpoint of after) if (!isIn(before, endpoint)) joinNames(engine, container, endpoint)
}
