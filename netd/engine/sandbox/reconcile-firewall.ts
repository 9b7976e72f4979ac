import type { Engine } from '../engine.ts'
import { driverOf } from '../networks/resolve-network.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { publishedEndpoint, publishIntent } from './publish-ports.ts'

/** The firewall made whole from the records: after a start, and after somebody flushed it. What is right already is not touched. */
export async function reconcileFirewall(engine: Engine): Promise<void> {
  const bridges = engine.store.networks.values().flatMap((network) => driverOf(engine, network).firewall(network))
  const published = engine.store.sandboxes.values().flatMap((sandbox) => {
    const endpoint =
      sandbox.ports.length === 0 ? undefined : publishedEndpoint(engine, activeEndpointsOf(engine, sandbox))
    return endpoint === undefined ? [] : [publishIntent(endpoint, sandbox.ports)]
  })
  await engine.firewall.reconcile(bridges, published)
}
