/** A bridge network as kernel steps: the bridge, its addresses, and its elements in the firewall. */
import type { BridgeIntent, Firewall } from '../../firewall/firewall.ts'
import { errors } from '../../../api/errors.ts'
import { familyOf } from '../../../api/address/family.ts'
import { broadcastAddress, inSubnet } from '../../../api/address/subnet.ts'
import { inverse } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { NetworkRecord, PoolRecord } from '../../store/records.ts'
import type { DriverContext, HostView, NetworkPlan, NetworkWish } from '../driver.ts'
import { switchIpv6 } from '../switch-ipv6.ts'
import { macFor } from '../mac.ts'
import { networkMark } from '../mark.ts'
import { refuseSmallMtu } from '../network-options.ts'
import { isAdopted, isStanding, planAdoption, sysctlsBefore, type Adoption } from './adopt.ts'
import { bridgeOptions, refuseDefaultBridge, refuseIsolatedUnlessInternal } from './options.ts'
import { gatewayWarnings } from './gateway-modes.ts'
import { sourceAddresses, sourceWarnings } from './source-address.ts'

/** Of the bridge and of every endpoint: as the option says, or what the host has. */
export async function planNetwork(host: HostView, wish: NetworkWish): Promise<NetworkPlan> {
  const { name, mtu: wanted } = bridgeOptions(wish)
  refuseDefaultBridge(wish)
  refuseIsolatedUnlessInternal(wish)
  const bridge = name ?? `br-${wish.id.slice(0, 12)}`
  refuseSameBridge(host, wish, bridge)
  const adopted = name === undefined ? undefined : await planAdoption(host, bridge, wish)
  const mtu = wanted ?? adopted?.mtu ?? (await host.defaultMtu())
  if (adopted !== undefined && mtu > adopted.mtu)
    throw errors.invalidParameter(`invalid MTU number: ${mtu} (the bridge ${bridge} has ${adopted.mtu})`)
  refuseSmallMtu(mtu, wish.isIpv6)
  return {
    mtu,
    driverState: { bridge, ...adopted?.state },
    warnings: [
      ...(await sourceWarnings(host, wish)),
      ...gatewayWarnings(wish),
      ...(adopted === undefined ? [] : adoptionWarnings(bridge, wish, adopted.state)),
    ],
  }
}

function refuseSameBridge({ networks }: HostView, { id }: NetworkWish, bridge: string): void {
  const other = networks().find(({ driver, driverState }) => driver === 'bridge' && driverState['bridge'] === bridge)
  if (other !== undefined)
    throw errors.forbidden(
      `cannot create network ${id} (${bridge}): conflicts with network ${other.name} (${bridge}): networks have same bridge name`,
    )
}

/** What a network would have of a bridge of its own, and the host's is not changed for. */
function adoptionWarnings(bridge: string, wish: NetworkWish, { adopted }: Adoption): string[] {
  const { isAntiSpoofing, gatewayModes } = bridgeOptions(wish)
  const isReached = adopted.split(' ').some((subnet) => subnet !== '' && gatewayModes[familyOf(subnet)] === 'isolated')
  return [
    ...(isReached
      ? [`the host keeps its address on ${bridge}, though gateway mode isolated means that it has none`]
      : []),
    ...(isAntiSpoofing
      ? [`${bridge} learns from frames that no rule sees, unless the host has set no_linklocal_learn on it`]
      : []),
  ]
}

/** Chosen at creation; a record without one was not made by this driver. */
export function bridgeName({ name, driverState }: Pick<NetworkRecord, 'name' | 'driverState'>): string {
  if (driverState['bridge'] === undefined) throw new TypeError(`network ${name} has no bridge`)
  return driverState['bridge']
}

export function bridgeIntent(network: NetworkRecord): BridgeIntent {
  const subnets = (family: 'ipv4' | 'ipv6'): string[] =>
    network.pools.map(({ subnet }) => subnet).filter((subnet) => familyOf(subnet) === family)
  const { isMasquerade, isAntiSpoofing, isIcc, gatewayModes, trustedInterfaces } = bridgeOptions(network)
  return {
    bridge: bridgeName(network),
    modes: gatewayModes,
    trustedInterfaces: network.isInternal ? [] : trustedInterfaces,
    isIsolating: !isIcc,
    ipv4Subnets: subnets('ipv4'),
    ipv6Subnets: subnets('ipv6'),
    isInternal: network.isInternal,
    isMasquerade,
    ...sourceAddresses(network),
    isGuarded: isAntiSpoofing,
  }
}

/** The bridge itself, as it must stand after a reboot, too. */
export function bridgeSteps(context: DriverContext, network: NetworkRecord): KernelStep[] {
  const { host } = context
  const bridge = bridgeName(network)
  const ipv4 = network.pools.find(({ subnet }) => familyOf(subnet) === 'ipv4')
  if (isAdopted(network))
    return [
      ...(isSpeakingIpv6(network) ? [switchIpv6(host, bridge, true)] : []),
      ...network.pools.flatMap((pool) => gatewayStep(context, network, pool)),
      { do: 'link.set', namespace: host, name: bridge, isUp: true },
    ]
  return [
    // A MAC of its own: without one a bridge takes the lowest of its ports', and changes it as they come and go.
    {
      do: 'link.add',
      namespace: host,
      name: bridge,
      kind: 'bridge',
      // The only frames that the firewall does not see (br_handle_frame, net/bridge/br_input.c).
      ...(bridgeOptions(network).isAntiSpoofing ? { isLearningLinkLocal: false as const } : {}),
      mac: macFor(ipv4?.gateway, network.id),
      mtu: network.mtu,
      alias: networkMark(context, network.id),
    },
    switchIpv6(host, bridge, isSpeakingIpv6(network)),
    ...network.pools.flatMap((pool) => gatewayStep(context, network, pool)),
    { do: 'link.set', namespace: host, name: bridge, isUp: true },
  ]
}

/** Whether the host speaks it there. */
function isSpeakingIpv6(network: NetworkRecord): boolean {
  return network.isIpv6 && bridgeOptions(network).gatewayModes.ipv6 !== 'isolated'
}

function gatewayStep({ host }: DriverContext, network: NetworkRecord, { gateway, subnet }: PoolRecord): KernelStep[] {
  const family = familyOf(subnet)
  if (isStanding(network, { subnet })) return []
  const { isIpv4Inhibited, gatewayModes } = bridgeOptions(network)
  if ((family === 'ipv4' && isIpv4Inhibited) || gatewayModes[family] === 'isolated') return []
  const broadcast = broadcastAddress(subnet)
  return [
    {
      do: 'address.add',
      namespace: host,
      link: bridgeName(network),
      address: inSubnet(gateway, subnet),
      ...(broadcast === undefined ? { isNoDad: true } : { broadcast }),
    },
  ]
}

export function createNetwork(
  firewall: Pick<Firewall, 'bridgeSteps'>,
  context: DriverContext,
  network: NetworkRecord,
): KernelStep[] {
  return [...bridgeSteps(context, network), ...firewall.bridgeSteps(bridgeIntent(network))]
}

/** The bridge takes its addresses, ports and settings with it; the elements need not wait for that. */
export function deleteNetwork(
  firewall: Pick<Firewall, 'bridgeSteps'>,
  context: DriverContext,
  network: NetworkRecord,
): KernelStep[][] {
  const inverses = inverse(createNetwork(firewall, context, network))
  const of = (kind: KernelStep['do']): KernelStep[] => inverses.filter((step) => step.do === kind)
  const links = isAdopted(network)
    ? [...of('address.delete'), ...sysctlsBefore(network, context.host)]
    : of('link.delete')
  return [links, of('nft.elements.delete')]
}
