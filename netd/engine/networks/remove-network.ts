import { errors } from '../../../api/errors.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { refuseConfigurationInUse } from './configuration.ts'
import { activeEndpointsOn, endpointsOn } from './endpoints-on.ts'
import { publishNetworkEvent } from './network-event.ts'
import { driverContext, driverOf, findNetwork } from './resolve-network.ts'

/** 403 while a running container is on it; stopped ones only find it gone when they start. */
export async function removeNetwork(engine: Engine, reference: string): Promise<void> {
  const { id } = findNetwork(engine, reference)
  await engine.locks.run(`network:${id}`, async () => {
    const network = findNetwork(engine, id)
    if (network.isPredefined) throw errors.networkPredefined(network.name)
    if (activeEndpointsOn(engine, network).length > 0) throw errors.networkInUse(network.name, network.id)
    refuseConfigurationInUse(engine, network)
    const failures = await tearDownNetworks(engine, [network])
    if (failures.length > 0) throw errors.internal(`error while removing network: ${failures.join('; ')}`)
    forgetNetwork(engine, network)
  })
}

/**
 * Takes the networks out of the kernel: the links of all in one list, the firewall's elements of all beside it.
 * Until it is done their names and subnets stay taken. Resolves with what went wrong.
 */
export async function tearDownNetworks(engine: Engine, networks: NetworkRecord[]): Promise<string[]> {
  const groups = networks.map((network) => driverOf(engine, network).deleteNetwork(driverContext(engine), network))
  const widest = Math.max(0, ...groups.map(({ length }) => length))
  const lists = Array.from({ length: widest }, (_, at) => groups.flatMap((group) => group[at] ?? []))
  const failures = await Promise.all(lists.map((steps) => engine.kernel.teardown(steps)))
  return failures.flat().map(({ message }) => message)
}

export function forgetNetwork(engine: Engine, network: NetworkRecord): void {
  leaveName(engine, network)
  engine.store.networks.delete(network.id)
  publishNetworkEvent(engine, network, 'destroy')
}

/** A container that was on it remembers its name: it may be there again by the time of the next start. */
export function leaveName(engine: Engine, network: NetworkRecord): void {
  for (const { sandbox, endpoint } of endpointsOn(engine, network.id)) {
    delete endpoint.lease
    const entries = Object.entries(sandbox.endpoints).map(([key, value]) =>
      key === network.id ? ([network.name, endpoint] as const) : ([key, value] as const),
    )
    sandbox.endpoints = Object.fromEntries(entries)
    engine.store.sandboxes.put(sandbox.id, sandbox)
  }
}
