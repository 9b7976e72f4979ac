/** `com.docker.network.host_ipv4` and `host_ipv6`: what traffic to the outside leaves under, in place of masquerading. */
import { familyOf } from '../../../api/address/family.ts'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { HostView, NetworkWish } from '../driver.ts'
import type { BridgeIntent } from '../../firewall/firewall.ts'
import { bridgeOptions, option } from './options.ts'

export function sourceAddresses(network: Pick<NetworkRecord, 'options'>): Pick<BridgeIntent, 'source'> {
  const { hostIpv4: ipv4, hostIpv6: ipv6 } = bridgeOptions(network)
  return { source: { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) } }
}

/** What is taken as dockerd takes it, and does nothing, or nothing yet. */
export async function sourceWarnings(host: HostView, wish: NetworkWish): Promise<string[]> {
  const { hostIpv4, hostIpv6, isMasquerade, gatewayModes } = bridgeOptions(wish)
  const said = [
    ...(hostIpv4 === undefined ? [] : [{ name: option.hostIpv4, address: hostIpv4, family: 'ipv4' as const }]),
    ...(hostIpv6 === undefined ? [] : [{ name: option.hostIpv6, address: hostIpv6, family: 'ipv6' as const }]),
  ]
  if (said.length === 0) return []
  const present = new Set((await host.addresses()).map(withoutPrefix))
  return said.flatMap(({ name, address, family }) => {
    if (wish.isInternal) return [`option ${name} has no effect: nothing leaves an internal network`]
    if (!isMasquerade) return [`option ${name} has no effect: ${option.masquerade} is false`]
    if (!wish.pools.some(({ subnet }) => familyOf(subnet) === family))
      return [`option ${name} has no effect: the network has no subnet of that family`]
    if (gatewayModes[family] === 'routed')
      return [`option ${name} has no effect: in gateway mode routed containers leave under their own addresses`]
    return present.has(address)
      ? []
      : [`the host does not have ${address} (${name}): answers find their way back once it does`]
  })
}
