/** From a create request to a network's record, everything validated and chosen, nothing made yet. */
import { errors } from '../../../api/errors.ts'
import type { CreateNetworkRequest } from '../../../api/docker/networks.ts'
import type { Driver } from '../../drivers/driver.ts'
import { flag, generic, refuseUnknownOptions } from '../../drivers/network-options.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { hostView } from './host-view.ts'
import { surroundings } from './occupied.ts'
import { planPools } from './plan-pools.ts'

export async function planNetwork(
  engine: Engine,
  request: CreateNetworkRequest,
): Promise<{ record: NetworkRecord; warnings: string[] }> {
  validateName(engine, request.Name)
  validateKind(request)
  const driver = driverNamed(engine, request.Driver || 'bridge')
  if ((request.IPAM?.Driver || 'default') !== 'default') throw errors.pluginNotFound(request.IPAM!.Driver!)
  const id = engine.newId()
  const options = request.Options ?? {}
  refuseUnknownOptions(driver, engine.drivers, options)
  const families = {
    isIpv4: request.EnableIPv4 ?? flag(generic.enableIpv4, options[generic.enableIpv4], true),
    isIpv6: request.EnableIPv6 ?? flag(generic.enableIpv6, options[generic.enableIpv6], false),
  }
  const around = await surroundings(engine)
  const { pools, warnings } = planPools(engine, id, driver, families, request.IPAM?.Config ?? [], around)
  const isInternal = request.Internal ?? false
  const planned = await driver.plan(hostView(engine, around), { id, options, isInternal, isIpv6: families.isIpv6 })
  const record: NetworkRecord = {
    id,
    name: request.Name,
    createdAt: engine.now().toISOString(),
    driver: driver.name,
    isInternal,
    isAttachable: request.Attachable ?? false,
    ...families,
    ipamDriver: 'default',
    ipamOptions: request.IPAM?.Options ?? {},
    pools,
    options,
    labels: request.Labels ?? {},
    isPredefined: false,
    ...planned,
  }
  return { record, warnings }
}

/** dockerd takes any name but an empty one. */
function validateName({ store, drivers }: Engine, name: string): void {
  if (name.trim() === '') throw errors.invalidParameter(`invalid name: ${name}`)
  // `default` is what `--network default` means.
  const isPredefined = name === 'default' || Object.values(drivers).some(({ predefined }) => predefined?.name === name)
  if (isPredefined) throw errors.forbidden(`operation is not permitted on predefined ${name} network `)
  if (store.networks.find((network) => network.name === name) !== undefined) throw errors.networkNameInUse(name)
}

function validateKind({ Scope: scope, Ingress, ConfigOnly, ConfigFrom }: CreateNetworkRequest): void {
  if (Ingress) throw errors.forbidden('Ingress network can only be global scope network')
  if (scope === 'swarm') throw errors.forbidden('cannot create a swarm scoped network when swarm is not active')
  if (scope && scope !== 'local')
    throw errors.invalidParameter(`invalid network scope "${scope}": every network here is local`)
  if (ConfigFrom?.Network) throw errors.configNetworkNotFound(ConfigFrom.Network)
  if (ConfigOnly) throw errors.notSupported('networks that only hold configuration (--config-only) are not supported')
}

function driverNamed({ drivers }: Engine, name: string): Driver {
  const driver = Object.hasOwn(drivers, name) ? drivers[name] : undefined
  if (driver === undefined) throw errors.pluginNotFound(name)
  if (driver.isSingleton) throw errors.forbidden(`only one instance of "${name}" network is allowed`)
  return driver
}
