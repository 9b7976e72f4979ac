/** The default network `bridge`: docker0, as every textbook has it, unless somebody else's docker0 is there first. */
import type { DaemonConfig } from '../../config/config.ts'
import { conflict, planPool } from '../../ipam/pool.ts'
import { parseSubnet, prefixLength, withoutPrefix } from '../../../api/address/subnet.ts'
import type { HostSpace, HostView, PredefinedNetwork } from '../driver.ts'
import { bridgeName } from './network.ts'
import { option } from './options.ts'

export type DefaultBridgeSettings = Pick<DaemonConfig, 'bip' | 'isIcc' | 'isIpMasquerade' | 'ip'>

const textbookBridge = 'docker0'
const ownBridge = 'trestle0'

export function defaultNetwork(settings: DefaultBridgeSettings): PredefinedNetwork {
  return {
    name: 'bridge',
    async fate(host, standing) {
      const bridge = bridgeName(standing)
      if (await isForeign(host, bridge)) return 'is-lost'
      const isReconfigured =
        bridge === textbookBridge &&
        !standing.pools.some(({ gateway, subnet }) => `${gateway}/${prefixLength(subnet)}` === settings.bip)
      return isReconfigured ? 'moves' : 'stays'
    },
    plan: (host) => plan(host, settings),
  }
}

async function isForeign(host: HostView, bridge: string): Promise<boolean> {
  const link = await host.link(bridge)
  return link !== undefined && !host.isOurs(link)
}

async function plan(host: HostSpace, settings: DefaultBridgeSettings): ReturnType<PredefinedNetwork['plan']> {
  const hasForeign = await isForeign(host, textbookBridge)
  const wanted = parseSubnet(settings.bip) ?? settings.bip
  const other = conflict(wanted, host.occupied)
  const isElsewhere = hasForeign || other !== undefined
  const bridge = hasForeign ? ownBridge : textbookBridge
  const pool = isElsewhere
    ? planPool({ subnet: host.freeSubnet() }, false)
    : planPool({ subnet: settings.bip, gateway: withoutPrefix(settings.bip) }, false)
  const reason = hasForeign
    ? `${textbookBridge} belongs to somebody else (a Docker beside us?)`
    : `${wanted} overlaps with ${other?.by}`
  const mtu = await host.defaultMtu()
  return {
    pools: [pool],
    mtu,
    driverState: { bridge },
    // As dockerd shows them on its own default network.
    options: {
      [option.defaultBridge]: 'true',
      [option.icc]: String(settings.isIcc),
      [option.masquerade]: String(settings.isIpMasquerade),
      [option.hostBinding]: settings.ip,
      [option.name]: bridge,
      [option.mtu]: String(mtu),
    },
    ...(isElsewhere ? { note: `the default network is ${bridge} with ${pool.subnet}: ${reason}` } : {}),
  }
}
