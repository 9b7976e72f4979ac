import type { BridgeIntent, PortGuard } from '../../firewall/firewall.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf } from '../networks/resolve-network.ts'
import { activeEndpointsOf, planOf } from './endpoints.ts'
import { publishedEndpoint, publishIntent } from './publish-ports.ts'

/** The firewall made whole from the records: after a start, and after somebody flushed it. What is right already is not touched. */
export async function reconcileFirewall(engine: Engine): Promise<void> {
  const guards = engine.store.sandboxes.values().flatMap((sandbox) => {
    try {
      return guardsOf(engine, sandbox)
    } catch {
      // A record that makes no sense; ./adopt-sandboxes.ts says so, and unplugs the container.
      return []
    }
  })
  const published = engine.store.sandboxes.values().flatMap((sandbox) => {
    const endpoint =
      sandbox.ports.length === 0 ? undefined : publishedEndpoint(engine, activeEndpointsOf(engine, sandbox))
    return endpoint === undefined ? [] : [publishIntent(engine, endpoint, sandbox.ports)]
  })
  await engine.firewall.reconcile(bridgesOf(engine), published, guards)
}

export function guardsOf(engine: Engine, sandbox: SandboxRecord): PortGuard[] {
  return activeEndpointsOf(engine, sandbox).flatMap((endpoint) =>
    driverOf(engine, endpoint.network).guards(planOf(engine, sandbox, endpoint)),
  )
}

/** False when somebody has taken a whole table away; what is in one, nobody has by accident. */
export function firewallStands(engine: Engine): Promise<boolean> {
  return engine.firewall.stands(bridgesOf(engine))
}

function bridgesOf(engine: Engine): BridgeIntent[] {
  return engine.store.networks.values().flatMap((network) => driverOf(engine, network).firewall(network))
}
