/** Endpoints whose links somebody else has taken away, or off their bridge: the record still has them, the kernel gets them again. */
import type { Link } from '../../kernel/model.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { routeSteps } from './default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoints.ts'
import { sandboxPath } from './namespaces.ts'

/**
 * Those with a link on the host that is not there, is down, or is not on the link that the network's endpoints meet on; and
 * those that ride on a link of the host, and are not in the container.
 */
export async function lostEndpoints(
  engine: Engine,
  sandbox: SandboxRecord,
  links: ReadonlyMap<string, Link>,
): Promise<ActiveEndpoint[]> {
  if (!sandbox.isOpen) return []
  const lost: ActiveEndpoint[] = []
  for (const endpoint of activeEndpointsOf(engine, sandbox))
    if (await isLost(engine, sandbox, endpoint, links)) lost.push(endpoint)
  return lost
}

async function isLost(
  engine: Engine,
  sandbox: SandboxRecord,
  { network, lease }: ActiveEndpoint,
  links: ReadonlyMap<string, Link>,
): Promise<boolean> {
  const carrier = driverOf(engine, network).carrier(network)
  if (carrier === undefined) return false
  if (lease.hostInterface === '') {
    const inside = engine.kernel.link(sandboxPath(engine.config, sandbox.id), lease.interface)
    // Without a namespace there is nothing to lose.
    return inside.then(
      (link) => link === undefined,
      () => false,
    )
  }
  const link = links.get(lease.hostInterface)
  return link === undefined || !link.isUp || link.masterIndex !== links.get(carrier)?.index
}

/** The link of the host that the endpoint needs, if that is not there. */
export function lostCarrier(
  engine: Engine,
  { network }: ActiveEndpoint,
  links: ReadonlyMap<string, Link>,
): string | undefined {
  const carrier = driverOf(engine, network).carrier(network)
  return carrier === undefined || links.has(carrier) ? undefined : carrier
}

/** With the same names, addresses and MAC; ports and names never went. The caller holds the sandbox's lock. */
export async function restoreEndpoints(engine: Engine, sandbox: SandboxRecord, lost: ActiveEndpoint[]): Promise<void> {
  const all = activeEndpointsOf(engine, sandbox)
  const others = all.filter(({ lease }) => !lost.some((endpoint) => endpoint.lease === lease))
  const plans = lost.map((endpoint) => ({
    driver: driverOf(engine, endpoint.network),
    plan: planOf(engine, sandbox, endpoint),
  }))
  const context = driverContext(engine)
  // What is there of them still; what is not there any more is no failure.
  await engine.kernel.teardown(plans.flatMap(({ driver, plan }) => driver.disconnect(context, plan)))
  await engine.kernel.apply([
    ...plans.flatMap(({ driver, plan }) => driver.connect(context, plan)),
    ...(await routeSteps(engine, sandbox, others, all)),
  ])
  if (!lost.some(({ lease }) => lease.isLost === true)) return
  for (const { lease } of lost) delete lease.isLost
  engine.store.sandboxes.put(sandbox.id, sandbox)
}
