/** The interface of the host that endpoints of a macvlan or ipvlan network ride on; made with the network where there is none yet. */
import { errors } from '../../api/errors.ts'
import { inverse } from '../kernel/invert.ts'
import { missingLinkKind } from '../kernel/missing.ts'
import type { KernelStep } from '../kernel/kernel.ts'
import type { NetworkRecord } from '../store/records.ts'
import type { DriverContext, HostView, NetworkWish } from './driver.ts'
import { networkMark } from './mark.ts'
import { isInterfaceName } from './network-options.ts'
import { parseVlan } from './parse-vlan.ts'
import { switchIpv6 } from './switch-ipv6.ts'

/**
 * As in NetworkRecord.driverState. `isolated`: the parent is ours, and leads nowhere. `vlan`: the parent is ours, a VLAN of
 * the interface `trunk`. Otherwise it is somebody else's, and stays.
 */
export interface ParentState {
  parent: string
  made?: 'isolated' | 'vlan'
  trunk?: string
}

export function parentState({ name, driverState }: Pick<NetworkRecord, 'name' | 'driverState'>): ParentState {
  if (driverState['parent'] === undefined) throw new TypeError(`network ${name} has no parent`)
  return driverState as unknown as ParentState
}

export interface ParentWish {
  driver: 'macvlan' | 'ipvlan'
  /** Undefined for one of its own, which leads nowhere. */
  parent: string | undefined
  mtu: number | undefined
}

/** A kernel without such links is told here, not to the first container on the network. `mtu`: the largest that its endpoints can have. dockerd takes no parent and an internal network for the same: one without an uplink. */
export async function planParent(
  host: HostView,
  wish: NetworkWish,
  { driver, parent, mtu }: ParentWish,
): Promise<{ state: ParentState; mtu: number; warnings?: string[] }> {
  const chosen = await chooseParent(host, wish, { driver, parent, mtu })
  if (!(await host.hasLinkKind(driver))) throw errors.notSupported(missingLinkKind(driver))
  return chosen
}

async function chooseParent(
  host: HostView,
  wish: NetworkWish,
  { driver, parent, mtu }: ParentWish,
): ReturnType<typeof planParent> {
  if (parent === undefined || wish.isInternal)
    return {
      state: { parent: `d${driver[0]}-${wish.id.slice(0, 12)}`, made: 'isolated' },
      mtu: mtu ?? (await host.defaultMtu()),
      ...(parent === undefined
        ? {}
        : { warnings: ['option parent has no effect: an internal network has no way to the outside'] }),
    }
  refuseTaken(host, driver, parent)
  const standing = await host.link(parent)
  if (standing !== undefined) return { state: { parent }, mtu: standing.mtu }
  const { trunk } = parseVlan(parent)
  const below = await host.link(trunk)
  if (below === undefined) throw errors.invalidParameter(`-o parent interface was not found on the host: ${trunk}`)
  return { state: { parent, made: 'vlan', trunk }, mtu: below.mtu }
}

export function networksOn({ networks }: HostView, parent: string): NetworkRecord[] {
  return networks().filter(({ driverState }) => driverState['parent'] === parent)
}

/**
 * A VLAN that we made goes with the network it was made for; and an interface has one receive handler, which is macvlan's
 * or ipvlan's (netdev_rx_handler_register, net/core/dev.c).
 */
function refuseTaken(host: HostView, driver: string, parent: string): void {
  for (const other of networksOn(host, parent)) {
    if (other.driver !== driver)
      throw errors.conflict(
        `${other.driver} network ${other.name} is already using parent interface ${parent}, which the kernel gives to one kind of link alone`,
      )
    if (parentState(other).made !== undefined)
      throw errors.conflict(
        `network ${other.name} is already using parent interface ${parent}, which was made with it and goes with it; make the interface yourself to share it`,
      )
  }
}

/** Throws invalidParameter; an empty text says nothing. */
export function parentOption(driver: string, text: string | undefined): string | undefined {
  if (!text) return undefined
  if (text === 'lo') throw errors.invalidParameter(`loopback interface is not a valid ${driver} parent link`)
  if (!isInterfaceName(text))
    throw errors.invalidParameter(`invalid parent ${JSON.stringify(text)}: it is no interface name`)
  return text
}

export function createParent(context: DriverContext, network: NetworkRecord): KernelStep[] {
  const { host } = context
  const { parent, made, trunk } = parentState(network)
  const our = { namespace: host, name: parent, mtu: network.mtu, alias: networkMark(context, network.id) }
  if (made === 'isolated')
    return [
      { do: 'link.add', ...our, kind: 'dummy' },
      switchIpv6(host, parent, false),
      { do: 'link.set', namespace: host, name: parent, isUp: true },
    ]
  if (made === 'vlan' && trunk !== undefined)
    return [{ do: 'link.add', ...our, kind: 'vlan', parent: trunk, id: parseVlan(parent).id, isUp: true }]
  return []
}

export function deleteParent(context: DriverContext, network: NetworkRecord): KernelStep[][] {
  return [inverse(createParent(context, network)).filter((step) => step.do === 'link.delete')]
}

/** Links of the host that are made with the network. */
export const madeWith = (network: NetworkRecord): string[] =>
  parentState(network).made === undefined ? [] : [parentState(network).parent]
