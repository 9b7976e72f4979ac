import { errors } from '../../../api/errors.ts'
import type { Driver, DriverContext } from '../../drivers/driver.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'

/** By full id, name, or a prefix of one id only, in that order, as dockerd resolves it. */
export function findNetwork({ store }: Pick<Engine, 'store'>, reference: string): NetworkRecord {
  const exact = store.networks.get(reference) ?? store.networks.find(({ name }) => name === reference)
  if (exact !== undefined) return exact
  const matches = reference === '' ? [] : store.networks.values().filter(({ id }) => id.startsWith(reference))
  if (matches.length > 1)
    throw errors.invalidParameter(
      `network ${reference} is ambiguous (${matches.length} matches found based on ID prefix)`,
    )
  if (matches[0] === undefined) throw errors.networkNotFound(reference)
  return matches[0]
}

export function driverOf({ drivers }: Pick<Engine, 'drivers'>, network: NetworkRecord): Driver {
  const driver = drivers[network.driver]
  if (driver === undefined) throw errors.pluginNotFound(network.driver)
  return driver
}

export function driverContext({ host, config }: Pick<Engine, 'host' | 'config'>): DriverContext {
  return { host, table: config.tag }
}

/** Made by a user: with names, aliases and static addresses, which the default bridge does not have. */
export function isUserDefined(network: NetworkRecord): boolean {
  return !network.isPredefined
}
