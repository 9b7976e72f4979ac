import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf } from '../networks/resolve-network.ts'

/** Why nobody will reach the ports that a container publishes, as far as its networks are there; dockerd says so of the host's alone. */
export function publishWarnings(engine: Engine, { portBindings, endpoints }: SandboxRecord): string[] {
  const networks = Object.keys(endpoints).map((id) => engine.store.networks.get(id))
  if (portBindings.length === 0 || networks.length === 0) return []
  const reasons: string[] = []
  for (const network of networks) {
    // One that is made before the container starts may publish them.
    if (network === undefined) return []
    const driver = driverOf(engine, network)
    if (driver.membership === 'host') return ['Published ports are discarded when using host network mode']
    if (!network.isInternal && driver.publishing(network) !== undefined) return []
    reasons.push(`${network.name} is ${network.isInternal ? 'internal' : `of the ${network.driver} driver`}`)
  }
  return [`Published ports have no effect: the container is on no network that publishes them (${reasons.join(', ')})`]
}
