import { parseSubnet } from '../../../api/address/subnet.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { leaveName } from './remove-network.ts'
import { driverContext, driverOf } from './resolve-network.ts'

/**
 * Before anything is asked of networks at large: one whose record its driver cannot read costs its own containers the
 * network, and nobody else anything.
 */
export function setAsideUnsound(engine: Engine): void {
  for (const network of engine.store.networks.values()) {
    try {
      mustBeSound(engine, network)
    } catch (error) {
      const { message } = error as Error
      engine.log.error(
        `network ${network.name} cannot be read (${message}): it is set aside, in the table set_aside; create it again`,
      )
      leaveName(engine, network)
      engine.store.networks.setAside(network.id, message)
    }
  }
}

/** Throws whatever a driver would at a moment when somebody else waits for it. */
function mustBeSound(engine: Engine, network: NetworkRecord): void {
  const driver = driverOf(engine, network)
  const context = driverContext(engine)
  for (const { subnet } of network.pools)
    if (parseSubnet(subnet) === undefined) throw new TypeError(`${subnet} is no subnet`)
  driver.createNetwork(context, network)
  driver.deleteNetwork(context, network)
  driver.firewall(network)
  driver.links(network)
  driver.carrier(network)
  driver.publishing(network)
  driver.endpointLimit(network)
}
