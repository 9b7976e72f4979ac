/** From a create request to a network's record, everything validated and chosen, nothing made yet. */
import { errors } from '../../../api/errors.ts'
import type { Driver, HostView } from '../../drivers/driver.ts'
import { family, generic, refuseUnknownOptions } from '../../drivers/network-options.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { configured, planConfiguration } from './configuration.ts'
import { hostView } from './host-view.ts'
import type { NetworkRequest } from './network-request.ts'
import { addressSpace } from './occupied.ts'
import { planPools, type TakenOver } from './plan-pools.ts'

export async function planNetwork(
  engine: Engine,
  asked: NetworkRequest,
): Promise<{ record: NetworkRecord; warnings: string[] }> {
  validateName(engine, asked.name)
  if (asked.isConfigOnly) return { record: planConfiguration(engine, asked), warnings: ipamWarnings(asked) }
  const request = configured(engine, asked)
  const driver = driverNamed(engine, request.driver)
  if (request.ipamDriver !== 'default') throw errors.pluginNotFound(request.ipamDriver)
  const id = engine.newId()
  const { options, isInternal } = request
  refuseUnknownOptions(driver, engine.drivers, options)
  const families = {
    isIpv4: family('EnableIPv4', request.isIpv4, generic.enableIpv4, options) ?? true,
    isIpv6: family('EnableIPv6', request.isIpv6, generic.enableIpv6, options) ?? false,
  }
  const space = await addressSpace(engine)
  const host = hostView(engine, space)
  const takenOver = await linkTakenOver(host, driver, options)
  const { pools, warnings: ofPools } = planPools(engine, id, driver, families, request.pools, space, takenOver)
  const wish = { id, options, isInternal, isIpv6: families.isIpv6, pools }
  const { warnings: ofDriver = [], ...planned } = await driver.plan(host, wish)
  const record: NetworkRecord = {
    id,
    name: request.name,
    createdAt: engine.now().toISOString(),
    driver: driver.name,
    isInternal,
    isAttachable: request.isAttachable,
    ...families,
    ipamDriver: request.ipamDriver,
    ipamOptions: request.ipamOptions,
    pools,
    options,
    labels: request.labels,
    ...(asked.configFrom === undefined ? {} : { configFrom: asked.configFrom }),
    isPredefined: false,
    ...planned,
  }
  return { record, warnings: [...ofPools, ...ofDriver, ...ipamWarnings(request)] }
}

async function linkTakenOver(
  host: HostView,
  driver: Driver,
  options: NetworkRequest['options'],
): Promise<TakenOver | undefined> {
  const name = driver.takesOver(options)
  const link = name === undefined ? undefined : await host.link(name)
  return link === undefined ? undefined : { link, addresses: await host.addresses(link) }
}

/** dockerd keeps them and shows them, so they are no reason to refuse a network. */
function ipamWarnings({ ipamDriver, ipamOptions }: NetworkRequest): string[] {
  return Object.keys(ipamOptions).map(
    (name) => `IPAM option ${JSON.stringify(name)} has no effect: the ${ipamDriver} IPAM driver has no options`,
  )
}

/** dockerd takes any name but an empty one. */
function validateName({ store, drivers }: Engine, name: string): void {
  if (name.trim() === '') throw errors.invalidParameter(`invalid name: ${name}`)
  // `default` is what `--network default` means.
  const isPredefined = name === 'default' || Object.values(drivers).some(({ predefined }) => predefined?.name === name)
  if (isPredefined) throw errors.forbidden(`operation is not permitted on predefined ${name} network `)
  if (store.networks.find((network) => network.name === name) !== undefined) throw errors.networkNameInUse(name)
}

function driverNamed({ drivers }: Engine, name: string): Driver {
  const driver = Object.hasOwn(drivers, name) ? drivers[name] : undefined
  if (driver === undefined) throw errors.pluginNotFound(name)
  if (driver.isSingleton) throw errors.forbidden(`only one instance of "${name}" network is allowed`)
  return driver
}
