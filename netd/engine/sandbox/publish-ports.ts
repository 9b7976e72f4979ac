/** Published ports: reserved by the proxy, carried by the firewall's elements, both for the endpoint that is the way out. */
import type { Driver } from '../../drivers/driver.ts'
import type { PublishIntent } from '../../firewall/firewall.ts'
import { portsOf, without } from '../../store/port-rows.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import { inverse } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { PortBinding, PublishedPort, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf } from '../networks/resolve-network.ts'
import { electGateway } from './default-route.ts'
import type { ActiveEndpoint } from './endpoints.ts'
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

export function publishIntent(engine: Engine, endpoint: ActiveEndpoint, ports: PublishedPort[]): PublishIntent {
  return { ports, ...publishTarget(endpoint), isDirect: publishingOn(engine, endpoint)?.isDirect ?? false }
}

/** The host's part of them: a routed port has none. */
export const boundPorts = (ports: PublishedPort[]): PublishedPort[] => ports.filter(({ hostPort }) => hostPort !== 0)

/** What publishing has to become when the endpoints of a sandbox change: the same ports, had already or now, lead elsewhere. */
export interface PortMove {
  from: ActiveEndpoint | undefined
  to: ActiveEndpoint | undefined
  /** What is published now, and what then. */
  held: PublishedPort[]
  ports: PublishedPort[]
}

const isMove = ({ from, to }: PortMove): boolean => from?.lease.endpointId !== to?.lease.endpointId

/** Binds what is wished for and not had yet, before any rule is made: a taken port is found here. Nothing on a network that leads nowhere. */
export async function planPorts(
  engine: Engine,
  sandbox: SandboxRecord,
  before: ActiveEndpoint[],
  after: ActiveEndpoint[],
): Promise<PortMove> {
  const [from, to] = [publishedEndpoint(engine, before), publishedEndpoint(engine, after)]
  const held = sandbox.ports
  if (to === undefined) return { from, to, held, ports: [] }
  if (!isMove({ from, to, held, ports: held })) return { from, to, held, ports: held }
  if (held.length > 0 && isSameWay(engine, from, to)) return { from, to, held, ports: held }
  return { from, to, held, ports: await bindWishes(engine, sandbox, to, sandbox.portBindings) }
}

function isSameWay(engine: Engine, from: ActiveEndpoint | undefined, to: ActiveEndpoint): boolean {
  const routedOn = (endpoint: ActiveEndpoint): string => (publishingOn(engine, endpoint)?.routed ?? []).join()
  return from === undefined || routedOn(from) === routedOn(to)
}

/** Beside what the sandbox has bound already. */
export async function bindWishes(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoint: ActiveEndpoint,
  wishes: PortBinding[],
): Promise<PublishedPort[]> {
  const { hostAddress, routed = [] } = publishingOn(engine, endpoint) ?? {}
  const target = publishTarget(endpoint)
  const isRouted = (port: PublishedPort): boolean => {
    const [family, other] = port.hostAddress.includes(':') ? (['ipv6', 'ipv4'] as const) : (['ipv4', 'ipv6'] as const)
    // Without an address of that family it is the proxy's, which leads to the other one.
    return routed.includes(target[family] === undefined ? other : family)
  }
  const expanded = expandPorts(wishes, hostAddress ?? engine.config.ip)
  const wanted = expanded.filter((port) => !isRouted(port))
  const bound = wanted.length === 0 ? [] : await bind(engine, sandbox, endpoint, wanted)
  return [...bound, ...routedPorts(expanded.filter(isRouted))]
}

/** One by one, and each once; the number that was wished for on the host means nothing. */
function routedPorts(ports: PublishedPort[]): PublishedPort[] {
  const rows = [...portsOf(ports)].map(({ hostAddress, containerPort, protocol }) => ({
    hostAddress,
    hostPort: 0,
    containerPort,
    protocol,
  }))
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
}

/** The way back, while nothing but ports has been had. */
export async function releaseReserved(
  engine: Engine,
  sandbox: SandboxRecord,
  { held, ports }: PortMove,
): Promise<void> {
  if (held.length === 0 && ports.length > 0) await engine.proxy.release(sandbox.id)
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

/** Between the old elements and the new ones new connections find nothing, for a millisecond. */
export function portSteps(engine: Engine, move: PortMove): KernelStep[] {
  if (!isMove(move)) return []
  return [...unpublishSteps(engine, move.from, move.held), ...publishSteps(engine, move.to, move.ports)]
}

function publishSteps(engine: Engine, endpoint: ActiveEndpoint | undefined, ports: PublishedPort[]): KernelStep[] {
  return endpoint === undefined || ports.length === 0
    ? []
    : engine.firewall.publishSteps(publishIntent(engine, endpoint, ports))
}

export function unpublishSteps(
  engine: Engine,
  endpoint: ActiveEndpoint | undefined,
  ports: PublishedPort[],
): KernelStep[] {
  return inverse(publishSteps(engine, endpoint, ports))
}

/**
 * After the steps: the proxy follows, the record says so, and what went elsewhere before comes here from now on. TCP
 * connections that are open go on to the old address.
 */
export async function forwardPorts(engine: Engine, sandbox: SandboxRecord, move: PortMove): Promise<void> {
  if (!isMove(move)) return
  if (move.held.length > 0) await retarget(engine, sandbox, move)
  sandbox.ports = move.ports
  engine.store.sandboxes.put(sandbox.id, sandbox)
  await flushFlows(engine, sandbox, move)
}

/** Failures are told, and are no reason to take the ports back. */
async function flushFlows(engine: Engine, { name }: SandboxRecord, { to, ports }: PortMove): Promise<void> {
  const steps =
    to === undefined || ports.length === 0
      ? []
      : engine.firewall.flushSteps(publishIntent(engine, to, boundPorts(ports)))
  if (steps.length === 0) return
  for (const { message } of await engine.kernel.teardown(steps))
    engine.log.warn(`container ${name}: UDP flows from before may go on: ${message}`)
}

/** The way out is another endpoint now, or none: the same ports lead there, or on failure where they led before. */
export async function movePorts(
  engine: Engine,
  sandbox: SandboxRecord,
  before: ActiveEndpoint[],
  after: ActiveEndpoint[],
): Promise<void> {
  const move = await planPorts(engine, sandbox, before, after)
  const steps = portSteps(engine, move)
  try {
    if (steps.length > 0) await engine.kernel.apply(steps)
  } catch (error) {
    await releaseReserved(engine, sandbox, move)
    throw error
  }
  try {
    await forwardPorts(engine, sandbox, move)
  } catch (error) {
    await engine.kernel.apply(inverse(steps))
    throw error
  }
}

/** Until here only the kernel's part has changed; the proxy carries [::1], and IPv6 to a container without it, to the old address still. */
async function retarget(engine: Engine, sandbox: SandboxRecord, { to, held, ports }: PortMove): Promise<void> {
  if (to === undefined) return engine.proxy.release(sandbox.id)
  const gone = without(boundPorts(held), boundPorts(ports))
  if (gone.length > 0) await engine.proxy.release(sandbox.id, gone)
  if (boundPorts(ports).length > 0) await bind(engine, sandbox, to, boundPorts(ports))
}
