/** A macvlan network: nothing but the interface that its endpoints ride on. */
import { errors } from '../../../api/errors.ts'
import type { HostView, NetworkPlan, NetworkWish } from '../driver.ts'
import { refuseSmallMtu } from '../network-options.ts'
import { networksOn, planParent } from '../parent-link.ts'
import { macvlanOptions } from './options.ts'

export async function planNetwork(host: HostView, wish: NetworkWish): Promise<NetworkPlan> {
  const options = macvlanOptions(wish)
  const { state, mtu: largest, ...warned } = await planParent(host, wish, { driver: 'macvlan', ...options })
  refuseBusy(host, state.parent, options.mode)
  const mtu = options.mtu ?? largest
  if (mtu > largest)
    throw errors.invalidParameter(`invalid MTU number: ${mtu} (the parent ${state.parent} has ${largest})`)
  refuseSmallMtu(mtu, wish.isIpv6)
  return { mtu, driverState: { ...state }, ...warned }
}

/** The kernel gives a parent in passthru mode to one link alone. */
function refuseBusy(host: HostView, parent: string, mode: string): void {
  for (const other of networksOn(host, parent)) {
    if (mode === 'passthru')
      throw errors.conflict(
        `cannot use mode passthru, macvlan network ${other.name} is already using parent interface ${parent}`,
      )
    if (macvlanOptions(other).mode === 'passthru')
      throw errors.conflict(
        `macvlan network ${other.name} is already using parent interface ${parent} in mode passthru`,
      )
  }
}
