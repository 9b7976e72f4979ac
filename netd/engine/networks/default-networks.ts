/** The three networks that are always there. `bridge` is docker0, as every textbook has it, unless somebody else's docker0 is there first. */
import { option } from '../../drivers/bridge/options.ts'
import { readMark } from '../../drivers/mark.ts'
import { freeSubnet } from '../../ipam/default-pools.ts'
import { conflict, planPool } from '../../ipam/pool.ts'
import { parseSubnet, prefixLength, withoutPrefix } from '../../../api/address/subnet.ts'
import type { Link } from '../../kernel/model.ts'
import type { NetworkRecord, PoolRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { makeNetwork } from './create-network.ts'
import { activeEndpoints } from './endpoints-of.ts'
import { inheritedMtu } from './inherited-mtu.ts'
import { occupiedByNetworks, occupiedByRoutes, occupiedOnHost, surroundings } from './occupied.ts'
import { tearDownNetworks } from './remove-network.ts'
import { driverContext } from './resolve-network.ts'

const textbookBridge = 'docker0'
const ownBridge = 'trestle0'

/** Makes those that are missing; what is there stays as it is. `links` are the host's. */
export async function ensureDefaultNetworks(engine: Engine, links: Link[]): Promise<void> {
  const { store } = engine
  const standing = store.networks.find(({ name, isPredefined }) => name === 'bridge' && isPredefined)
  if (standing === undefined) await makeNetwork(engine, await planDefaultBridge(engine, links))
  else if (mustMove(engine, standing, links)) await move(engine, standing, links)
  for (const [name, driver] of [
    ['host', 'host'],
    ['none', 'null'],
  ] as const) {
    if (store.networks.find((network) => network.name === name) === undefined)
      await makeNetwork(engine, withoutPools(engine, name, driver))
  }
}

function isForeign(engine: Engine, links: Link[], bridge: string): boolean {
  return links.some(({ name, alias }) => name === bridge && readMark(driverContext(engine), alias) === undefined)
}

/** Its bridge is somebody else's now, or the configured address is another one; not under the feet of running containers. */
function mustMove(engine: Engine, network: NetworkRecord, links: Link[]): boolean {
  if (activeEndpoints(engine, network).length > 0 || network.bridge === undefined) return false
  const isReconfigured =
    network.bridge === textbookBridge &&
    !network.pools.some(({ gateway, subnet }) => `${gateway}/${prefixLength(subnet)}` === engine.config.bip)
  return isForeign(engine, links, network.bridge) || isReconfigured
}

async function move(engine: Engine, network: NetworkRecord, links: Link[]): Promise<void> {
  if (!isForeign(engine, links, network.bridge!)) {
    for (const failure of await tearDownNetworks(engine, [network]))
      engine.log.warn(`the default network's former bridge: ${failure}`)
  }
  engine.store.networks.delete(network.id)
  const { id, createdAt } = network
  await makeNetwork(engine, { ...(await planDefaultBridge(engine, links)), id, createdAt })
}

async function planDefaultBridge(engine: Engine, links: Link[]): Promise<NetworkRecord> {
  const { config, log } = engine
  const around = await surroundings(engine)
  const hasForeign = isForeign(engine, links, textbookBridge)
  const wanted = parseSubnet(config.bip) ?? config.bip
  const other = conflict(wanted, [...occupiedByNetworks(engine), ...occupiedByRoutes(around.routes)])
  const bridge = hasForeign ? ownBridge : textbookBridge
  let pool: PoolRecord
  if (hasForeign || other !== undefined) {
    pool = planPool({ subnet: freeSubnet(config.defaultAddressPools, occupiedOnHost(engine, around)) }, false)
    const reason = hasForeign
      ? `${textbookBridge} belongs to somebody else (a Docker beside us?)`
      : `${wanted} overlaps with ${other!.by}`
    log.info(`the default network is ${bridge} with ${pool.subnet}: ${reason}`)
  } else {
    pool = planPool({ subnet: config.bip, gateway: withoutPrefix(config.bip) }, false)
  }
  const mtu = config.mtu ?? (await inheritedMtu(engine, around.routes))
  return {
    ...withoutPools(engine, 'bridge', 'bridge'),
    pools: [pool],
    bridge,
    mtu,
    // As dockerd shows them on its own default network.
    options: {
      [option.defaultBridge]: 'true',
      [option.icc]: String(config.isIcc),
      [option.masquerade]: String(config.isIpMasquerade),
      [option.hostBinding]: config.ip,
      [option.name]: bridge,
      [option.mtu]: String(mtu),
    },
  }
}

function withoutPools(engine: Engine, name: string, driver: string): NetworkRecord {
  return {
    id: engine.newId(),
    name,
    createdAt: engine.now().toISOString(),
    driver,
    isInternal: false,
    isAttachable: false,
    isIpv4: true,
    isIpv6: false,
    ipamDriver: 'default',
    ipamOptions: {},
    pools: [],
    options: {},
    labels: {},
    isPredefined: true,
    mtu: 0,
  }
}
