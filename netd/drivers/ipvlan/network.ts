/** An ipvlan network: nothing but the interface that its endpoints ride on, whose MAC is theirs, too. */
import { errors } from '../../../api/errors.ts'
import type { HostView, NetworkPlan, NetworkWish } from '../driver.ts'
import { refuseSmallMtu } from '../network-options.ts'
import { networksOn, planParent } from '../parent-link.ts'
import { ipvlanOptions, type IpvlanOptions } from './options.ts'

export async function planNetwork(host: HostView, wish: NetworkWish): Promise<NetworkPlan> {
  const options = ipvlanOptions(wish)
  const { state, mtu: largest, ...warned } = await planParent(host, wish, { driver: 'ipvlan', ...options })
  refuseOtherModes(host, state.parent, options)
  const mtu = options.mtu ?? largest
  if (mtu > largest)
    throw errors.invalidParameter(`invalid MTU number: ${mtu} (the parent ${state.parent} has ${largest})`)
  refuseSmallMtu(mtu, wish.isIpv6)
  return { mtu, driverState: { ...state }, ...warned }
}

/** Both are the parent's, and the latest link to say them changes them for all (ipvlan_link_new, drivers/net/ipvlan/ipvlan_main.c). */
function refuseOtherModes(host: HostView, parent: string, { mode, flag }: IpvlanOptions): void {
  for (const other of networksOn(host, parent)) {
    const present = ipvlanOptions(other)
    if (present.mode !== mode || present.flag !== flag)
      throw errors.conflict(
        `network ${other.name} is already using parent interface ${parent} in mode ${present.mode}, flag ${present.flag}, which are the same for all links on it`,
      )
  }
}
