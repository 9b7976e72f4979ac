/** `--config-only` and `--config-from`: networks that only hold what others are made with. libnetwork's own sentences. */
import { errors } from '../../../api/errors.ts'
import { planPool } from '../../ipam/pool.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import type { NetworkRequest } from './network-request.ts'

/** The driver that dockerd shows of them. */
const driver = 'null'

/** Nothing of it is made, and so what it says is looked at only as far as that can be done without a driver. */
export function planConfiguration(engine: Engine, request: NetworkRequest): NetworkRecord {
  const { name, ipamDriver, ipamOptions, options, labels, pools } = request
  if (request.isInternal || request.isAttachable)
    throw errors.forbidden(
      'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
    )
  if (request.configFrom !== undefined)
    throw errors.forbidden('a configuration network cannot depend on another configuration network')
  for (const pool of pools) planPool(pool, true)
  return {
    id: engine.newId(),
    name,
    createdAt: engine.now().toISOString(),
    driver,
    isInternal: false,
    isAttachable: false,
    isIpv4: request.isIpv4 ?? true,
    isIpv6: request.isIpv6 ?? false,
    ipamDriver,
    ipamOptions,
    options,
    labels,
    pools: [],
    configuration: { pools, isIpv4: request.isIpv4, isIpv6: request.isIpv6 },
    driverState: {},
    mtu: 0,
    isPredefined: false,
  }
}

/** The request with what the network that it names says, where it names one. */
export function configured({ store }: Engine, request: NetworkRequest): NetworkRequest {
  const { configFrom } = request
  if (configFrom === undefined) return request
  const own = [request.pools, Object.keys(request.labels), Object.keys(request.ipamOptions)]
  if (
    own.some(({ length }) => length > 0) ||
    request.isIpv4 === false ||
    request.isIpv6 === true ||
    request.ipamDriver !== 'default'
  )
    throw errors.forbidden(
      'user specified configurations are not supported if the network depends on a configuration network',
    )
  if (Object.keys(request.options).length > 0)
    throw errors.forbidden('network driver options are not supported if the network depends on a configuration network')
  const source = store.networks.find(({ name, configuration }) => configuration !== undefined && name === configFrom)
  if (source?.configuration === undefined) throw errors.configNetworkNotFound(configFrom)
  const { ipamDriver, ipamOptions, options, labels, configuration } = source
  return { ...request, ...configuration, ipamDriver, ipamOptions, options, labels }
}

/** Throws 403 while networks are there that were made with it. */
export function refuseConfigurationInUse({ store }: Engine, { name, configuration }: NetworkRecord): void {
  if (configuration !== undefined && store.networks.find(({ configFrom }) => configFrom === name) !== undefined)
    throw errors.forbidden(`error while removing network: configuration network ${JSON.stringify(name)} is in use`)
}
