/** From a create request to a network's record, everything validated and chosen, nothing made yet. */
import { errors } from '../../../api/errors.ts'
import type { CreateNetworkRequest } from '../../../api/docker/networks.ts'
import { bridgeOptions } from '../../drivers/bridge/options.ts'
import type { Route } from '../../kernel/model.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { inheritedMtu } from './inherited-mtu.ts'
import { surroundings } from './occupied.ts'
import { planPools } from './plan-pools.ts'

/** Names that no user's network can have: the three that are always there, and what `--network default` means. */
const predefined = new Set(['bridge', 'host', 'none', 'default'])

/** IPV6_MIN_MTU (linux/ipv6.h): below it the kernel has no IPv6 on a link. */
const smallestIpv6Mtu = 1280

export async function planNetwork(
  engine: Engine,
  request: CreateNetworkRequest,
): Promise<{ record: NetworkRecord; warnings: string[] }> {
  validateName(engine, request.Name)
  validateKind(request)
  const driver = validateDriver(engine, request.Driver || 'bridge')
  if ((request.IPAM?.Driver || 'default') !== 'default') throw errors.pluginNotFound(request.IPAM!.Driver!)
  const id = engine.newId()
  const options = request.Options ?? {}
  const around = await surroundings(engine)
  const { pools, warnings } = planPools(engine, id, request, around)
  const record: NetworkRecord = {
    id,
    name: request.Name,
    createdAt: engine.now().toISOString(),
    driver,
    isInternal: request.Internal ?? false,
    isAttachable: request.Attachable ?? false,
    isIpv4: request.EnableIPv4 ?? true,
    isIpv6: request.EnableIPv6 ?? false,
    ipamDriver: 'default',
    ipamOptions: request.IPAM?.Options ?? {},
    pools,
    options,
    labels: request.Labels ?? {},
    isPredefined: false,
    mtu: await chooseMtu(engine, options, around.routes),
    bridge: bridgeOptions({ options }).name ?? `br-${id.slice(0, 12)}`,
  }
  if (record.isIpv6 && record.mtu < smallestIpv6Mtu)
    throw errors.invalidParameter(`invalid MTU number: ${record.mtu} (IPv6 needs ${smallestIpv6Mtu})`)
  engine.drivers[driver]!.validate(record)
  return { record, warnings }
}

/** dockerd takes any name but an empty one. */
function validateName({ store }: Engine, name: string): void {
  if (name.trim() === '') throw errors.invalidParameter(`invalid name: ${name}`)
  if (predefined.has(name)) throw errors.forbidden(`operation is not permitted on predefined ${name} network `)
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

function validateDriver({ drivers }: Engine, name: string): string {
  if (name === 'host' || name === 'null') throw errors.forbidden(`only one instance of "${name}" network is allowed`)
  if (!Object.hasOwn(drivers, name)) throw errors.pluginNotFound(name)
  return name
}

async function chooseMtu(engine: Engine, options: Record<string, string>, routes: Route[]): Promise<number> {
  return bridgeOptions({ options }).mtu ?? engine.config.mtu ?? (await inheritedMtu(engine, routes))
}
