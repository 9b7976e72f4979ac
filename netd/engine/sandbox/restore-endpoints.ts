/** Endpoints whose links somebody else has taken away, or off their bridge: the record still has them, the kernel gets them again. */
import type { Link } from '../../kernel/model.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { routeSteps } from './default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoints.ts'

/** Those with a link on the host that is not there, is down, or is not on the link that the network's endpoints meet on. */
export function lostEndpoints(
  engine: Engine,
  sandbox: SandboxRecord,
  links: ReadonlyMap<string, Link>,
): ActiveEndpoint[] {
  if (!sandbox.isOpen) return []
  return activeEndpointsOf(engine, sandbox).filter(({ network, lease }) => {
    if (lease.hostInterface === '') return false
    const link = links.get(lease.hostInterface)
    const carrier = driverOf(engine, network).carrier(network)
    if (link === undefined || !link.isUp) return true
    return link.masterIndex !== (carrier === undefined ? undefined : links.get(carrier)?.index)
  })
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
}
