/** Which of a container's networks is its way out, per family: the highest GwPriority, then the first name, as dockerd elects it. */
import type { KernelStep, Namespace } from '../../kernel/kernel.ts'
import { mainTable, type Route } from '../../kernel/model.ts'
import type { EndpointLease, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import type { ActiveEndpoint } from './endpoints.ts'
import { sandboxPath } from './namespaces.ts'

export interface DefaultRoute {
  link: string
  /** Undefined where the link itself is asked. */
  via?: string
}

export interface DefaultRoutes {
  ipv4?: DefaultRoute
  ipv6?: DefaultRoute
}

type Way = 'gateway' | 'gatewayIpv6'

/** The endpoint that gives the family's default route; published ports are reached by it, too. */
export function electGateway(endpoints: ActiveEndpoint[], way: Way = 'gateway'): ActiveEndpoint | undefined {
  const priority = ({ endpoint }: ActiveEndpoint): number => endpoint.request.gatewayPriority ?? 0
  return endpoints
    .filter(({ lease }) => leadsOut(lease, way))
    .toSorted((one, other) => priority(other) - priority(one) || (one.network.name < other.network.name ? -1 : 1))[0]
}

const leadsOut = (lease: EndpointLease, way: Way): boolean =>
  lease[way] !== undefined || (lease.isOnLink === true && lease[way === 'gateway' ? 'ipv4' : 'ipv6'] !== undefined)

export function defaultRoutes(endpoints: ActiveEndpoint[]): DefaultRoutes {
  const routes: DefaultRoutes = {}
  for (const [family, way] of [
    ['ipv4', 'gateway'],
    ['ipv6', 'gatewayIpv6'],
  ] as const) {
    const lease = electGateway(endpoints, way)?.lease
    const via = lease?.[way]
    if (lease !== undefined) routes[family] = { link: lease.interface, ...(via === undefined ? {} : { via }) }
  }
  return routes
}

/**
 * From one election to the next. A default route that somebody set up by hand in the container stays the one, and
 * ours, where he took it away, is not taken away again.
 */
export function moveDefaultRoutes(
  namespace: Namespace,
  before: DefaultRoutes,
  after: DefaultRoutes,
  present: Route[],
): KernelStep[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const [from, to] = [before[family], after[family]]
    if (from?.link === to?.link && from?.via === to?.via) return []
    const found = present.filter(
      (route) => route.family === family && route.destination === 'default' && route.type === 'unicast',
    )
    const isOurs = (route: Route): boolean => from !== undefined && route.gateway === from.via
    // `default` without a gateway would be IPv4's.
    const destination = family === 'ipv4' ? 'default' : '::/0'
    const steps: KernelStep[] = []
    if (from !== undefined && found.some(isOurs)) steps.push({ do: 'route.delete', namespace, destination, ...from })
    if (to !== undefined && found.every(isOurs)) steps.push({ do: 'route.add', namespace, destination, ...to })
    return steps
  })
}

const isSameWayOut = (one: DefaultRoutes, other: DefaultRoutes): boolean =>
  (['ipv4', 'ipv6'] as const).every(
    (family) => one[family]?.link === other[family]?.link && one[family]?.via === other[family]?.via,
  )

/** As endpoints come or go. In a sandbox that is open already somebody may have set a default route by hand. */
export async function routeSteps(
  engine: Engine,
  sandbox: SandboxRecord,
  before: ActiveEndpoint[],
  after: ActiveEndpoint[],
): Promise<KernelStep[]> {
  const namespace = sandboxPath(engine.config, sandbox.id)
  const [from, to] = [defaultRoutes(before), defaultRoutes(after)]
  if (isSameWayOut(from, to)) return []
  return moveDefaultRoutes(namespace, from, to, sandbox.isOpen ? await engine.kernel.routes(namespace, mainTable) : [])
}
