/** `gateway_mode_ipv4`, `gateway_mode_ipv6` and `trusted_host_interfaces`: what they mean for published ports, and when nothing. */
import { familyOf, type IpFamily } from '../../../api/address/family.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { NetworkWish, Publishing } from '../driver.ts'
import { bridgeOptions, option } from './options.ts'

const families: readonly IpFamily[] = ['ipv4', 'ipv6']
const modeOption = { ipv4: option.gatewayModeIpv4, ipv6: option.gatewayModeIpv6 } as const

export function publishing(network: NetworkRecord): Publishing {
  const { hostBinding, gatewayModes, trustedInterfaces } = bridgeOptions(network)
  return {
    hostAddress: hostBinding,
    routed: families.filter((family) => gatewayModes[family] === 'routed'),
    isDirect: trustedInterfaces.length > 0,
  }
}

/** What is taken as dockerd takes it, and does nothing. */
export function gatewayWarnings(wish: NetworkWish): string[] {
  const { gatewayModes, trustedInterfaces, hostBinding } = bridgeOptions(wish)
  const present = families.filter((family) => wish.pools.some(({ subnet }) => familyOf(subnet) === family))
  const absent = families
    .filter((family) => !present.includes(family) && wish.options[modeOption[family]])
    .map((family) => `option ${modeOption[family]} has no effect: the network has no subnet of that family`)
  const internal = families
    .filter((family) => wish.isInternal && present.includes(family) && gatewayModes[family] !== 'isolated')
    .filter((family) => wish.options[modeOption[family]])
    .map((family) => `option ${modeOption[family]} has no effect: nothing leaves an internal network`)
  const isUseless = wish.isInternal || present.every((family) => gatewayModes[family] !== 'nat')
  const trusted =
    trustedInterfaces.length > 0 && isUseless
      ? [
          `option ${option.trustedInterfaces} has no effect: it is for gateway mode nat, on a network that is not internal`,
        ]
      : []
  const isUnbound = hostBinding !== undefined && (wish.isInternal || gatewayModes[familyOf(hostBinding)] === 'routed')
  const binding = isUnbound
    ? [`option ${option.hostBinding} has no effect: such a network takes no ports of the host`]
    : []
  return [...absent, ...internal, ...trusted, ...binding]
}
