/** Published ports: reserved by the proxy, carried by the firewall's elements, both for the endpoint that is the way out. */
import type { Driver } from '../../drivers/driver.ts'
import type { PublishIntent } from '../../firewall/firewall.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import { invert } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { SandboxRecord, PublishedPort } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf } from '../networks/resolve-network.ts'
import { electGateway } from './default-route.ts'
import { activeEndpointsOf, type ActiveEndpoint } from './endpoints.ts'
import { expandPorts } from './expand-ports.ts'

/** The endpoint that published ports lead to: the IPv4 way out or, on IPv6-only networks, IPv6's; none where that one is reached without the host. */
export function publishedEndpoint(engine: Engine, endpoints: ActiveEndpoint[]): ActiveEndpoint | undefined {
  const wayOut = electGateway(endpoints, 'gateway') ?? electGateway(endpoints, 'gatewayIpv6')
  return wayOut === undefined || publishingOn(engine, wayOut) === undefined ? undefined : wayOut
}

function publishingOn(engine: Engine, { network }: ActiveEndpoint): ReturnType<Driver['publishing']> {
  return driverOf(engine, network).publishing(network)
}

export function publishTarget({ lease }: ActiveEndpoint): { ipv4?: string; ipv6?: string } {
  return {
    ...(lease.ipv4 === undefined ? {} : { ipv4: withoutPrefix(lease.ipv4) }),
    ...(lease.ipv6 === undefined ? {} : { ipv6: withoutPrefix(lease.ipv6) }),
  }
}

export function publishIntent(endpoint: ActiveEndpoint, ports: PublishedPort[]): PublishIntent {
  return { ports, ...publishTarget(endpoint) }
}

/** Binds what the container asks for, before any rule is made: a taken port is found here. Nothing on a network that leads nowhere. */
export async function reservePorts(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoints: ActiveEndpoint[],
): Promise<PublishedPort[]> {
  const endpoint = publishedEndpoint(engine, endpoints)
  if (endpoint === undefined) return []
  const wanted = expandPorts(sandbox.portWishes, publishingOn(engine, endpoint)?.hostAddress ?? engine.config.ip)
  return wanted.length === 0 ? [] : await bind(engine, sandbox, endpoint, wanted)
}

function bind(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoint: ActiveEndpoint,
  ports: PublishedPort[],
): Promise<PublishedPort[]> {
  return engine.proxy.publish(sandbox.id, ports, {
    ...publishTarget(endpoint),
    endpoint: { name: sandbox.name, id: endpoint.lease.endpointId },
  })
}

export function publishSteps(engine: Engine, endpoints: ActiveEndpoint[], ports: PublishedPort[]): KernelStep[] {
  const endpoint = publishedEndpoint(engine, endpoints)
  return endpoint === undefined || ports.length === 0
    ? []
    : engine.firewall.publishSteps(publishIntent(endpoint, ports))
}

export function unpublishSteps(engine: Engine, endpoints: ActiveEndpoint[], ports: PublishedPort[]): KernelStep[] {
  return publishSteps(engine, endpoints, ports)
    .toReversed()
    .flatMap((step) => invert(step) ?? [])
}

/** After publishing: what went elsewhere before comes here from now on. Failures are told, and are no reason to take the ports back. */
export async function flushFlows(engine: Engine, sandbox: SandboxRecord): Promise<void> {
  const endpoint = publishedEndpoint(engine, activeEndpointsOf(engine, sandbox))
  const steps =
    endpoint === undefined || sandbox.ports.length === 0
      ? []
      : engine.firewall.flushSteps(publishIntent(endpoint, sandbox.ports))
  if (steps.length === 0) return
  for (const { message } of await engine.kernel.teardown(steps))
    engine.log.warn(`container ${sandbox.name}: UDP flows from before may go on: ${message}`)
}

/**
 * The way out is another endpoint now, or none: the same ports lead there, or on failure where they led before. Between
 * the old elements and the new ones new connections find nothing, for a millisecond; TCP connections that are open go on to
 * the old address.
 */
export async function movePorts(engine: Engine, sandbox: SandboxRecord, before: ActiveEndpoint[]): Promise<void> {
  const after = activeEndpointsOf(engine, sandbox)
  const [from, to] = [publishedEndpoint(engine, before), publishedEndpoint(engine, after)]
  if (from?.lease.endpointId === to?.lease.endpointId) return
  const held = sandbox.ports
  const ports = held.length > 0 && to !== undefined ? held : await reservePorts(engine, sandbox, after)
  const elements = [
    ...publishSteps(engine, before, held)
      .toReversed()
      .flatMap((step) => invert(step) ?? []),
    ...publishSteps(engine, after, ports),
  ]
  try {
    if (elements.length > 0) await engine.kernel.apply(elements)
  } catch (error) {
    if (held.length === 0) await engine.proxy.release(sandbox.id)
    throw error
  }
  if (held.length > 0) {
    try {
      await retarget(engine, sandbox, from, to)
    } catch (error) {
      await engine.kernel.apply(elements.toReversed().flatMap((step) => invert(step) ?? []))
      throw error
    }
  }
  sandbox.ports = ports
  engine.store.sandboxes.put(sandbox.id, sandbox)
  await flushFlows(engine, sandbox)
}

/** Until here only the kernel's part has changed; the proxy carries [::1], and IPv6 to a container without it, to the old address still. */
async function retarget(
  engine: Engine,
  sandbox: SandboxRecord,
  from: ActiveEndpoint | undefined,
  to: ActiveEndpoint | undefined,
): Promise<void> {
  await engine.proxy.release(sandbox.id)
  if (to === undefined) return
  try {
    await bind(engine, sandbox, to, sandbox.ports)
  } catch (error) {
    // Somebody was quicker in the instant that a port was free.
    if (from !== undefined)
      await bind(engine, sandbox, from, sandbox.ports).catch((again: Error) =>
        engine.log.error(`container ${sandbox.name}: ${again.message}`),
      )
    throw error
  }
}
