/** A macvlan network: an interface of the host that its endpoints ride on, which is made with it where there is none yet. */
import { errors } from '../../../api/errors.ts'
import { invert } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { NetworkRecord } from '../../store/records.ts'
import { switchIpv6 } from '../switch-ipv6.ts'
import type { DriverContext, HostView, NetworkPlan, NetworkWish } from '../driver.ts'
import { networkMark } from '../mark.ts'
import { refuseSmallMtu } from '../network-options.ts'
import { macvlanOptions } from './options.ts'
import { parseVlan } from './vlan.ts'

/**
 * As in NetworkRecord.driverState. `isolated`: the parent is ours, and leads nowhere. `vlan`: the parent is ours, a VLAN of
 * the interface `trunk`. Otherwise it is somebody else's, and stays.
 */
export interface MacvlanState {
  parent: string
  made?: 'isolated' | 'vlan'
  trunk?: string
}

export function macvlanState({ name, driverState }: Pick<NetworkRecord, 'name' | 'driverState'>): MacvlanState {
  if (driverState['parent'] === undefined) throw new TypeError(`network ${name} has no parent`)
  return driverState as unknown as MacvlanState
}

export async function planNetwork(host: HostView, wish: NetworkWish): Promise<NetworkPlan> {
  const options = macvlanOptions(wish)
  const { state, mtu: largest } = await planParent(host, wish)
  refuseBusy(host, state.parent, options.mode)
  const mtu = options.mtu ?? largest
  if (mtu > largest)
    throw errors.invalidParameter(`invalid MTU number: ${mtu} (the parent ${state.parent} has ${largest})`)
  refuseSmallMtu(mtu, wish.isIpv6)
  return { mtu, driverState: { ...state } }
}

/** dockerd takes no parent and an internal network for the same: one without an uplink. */
async function planParent(host: HostView, wish: NetworkWish): Promise<{ state: MacvlanState; mtu: number }> {
  const { parent, mtu } = macvlanOptions(wish)
  if (parent === undefined || wish.isInternal)
    return {
      state: { parent: `dm-${wish.id.slice(0, 12)}`, made: 'isolated' },
      mtu: mtu ?? (await host.defaultMtu()),
    }
  const standing = await host.link(parent)
  if (standing !== undefined) return { state: { parent }, mtu: standing.mtu }
  const { trunk } = parseVlan(parent)
  const below = await host.link(trunk)
  if (below === undefined) throw errors.invalidParameter(`-o parent interface was not found on the host: ${trunk}`)
  return { state: { parent, made: 'vlan', trunk }, mtu: below.mtu }
}

/** The kernel gives a parent in passthru mode to one link alone; a VLAN that we made goes with the network it was made for. */
function refuseBusy({ networks }: HostView, parent: string, mode: string): void {
  for (const other of networks()) {
    if (other.driver !== 'macvlan' || macvlanState(other).parent !== parent) continue
    if (mode === 'passthru')
      throw errors.conflict(
        `cannot use mode passthru, macvlan network ${other.name} is already using parent interface ${parent}`,
      )
    if (macvlanOptions(other).mode === 'passthru')
      throw errors.conflict(
        `macvlan network ${other.name} is already using parent interface ${parent} in mode passthru`,
      )
    if (macvlanState(other).made !== undefined)
      throw errors.conflict(
        `network ${other.name} is already using parent interface ${parent}, which was made with it and goes with it; make the interface yourself to share it`,
      )
  }
}

export function createNetwork(context: DriverContext, network: NetworkRecord): KernelStep[] {
  const { host } = context
  const { parent, made, trunk } = macvlanState(network)
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

export function deleteNetwork(context: DriverContext, network: NetworkRecord): KernelStep[][] {
  const inverses = createNetwork(context, network).flatMap((step) => invert(step) ?? [])
  return [inverses.filter((step) => step.do === 'link.delete')]
}
