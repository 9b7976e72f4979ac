import { familyOf } from '../../api/address/family.ts'
import { broadcastAddress } from '../../api/address/subnet.ts'
import type { KernelStep } from '../kernel/kernel.ts'
import type { EndpointPlan } from './driver.ts'
import { endpointOptions, sysctlSteps } from './endpoint-options.ts'
import { switchIpv6 } from './switch-ipv6.ts'

/** Addresses and settings of an endpoint's link in the container, which is there already, and still down. */
export function configureLink({ lease, sandbox, options }: EndpointPlan): KernelStep[] {
  const link = lease.interface
  const addresses = [lease.ipv4, lease.ipv6, ...(lease.linkLocal ?? [])].filter((address) => address !== undefined)
  const hasIpv6 = addresses.some((address) => familyOf(address) === 'ipv6')
  return [
    switchIpv6(sandbox, link, hasIpv6),
    ...addresses.map((address): KernelStep => ({
      do: 'address.add',
      namespace: sandbox,
      link,
      address,
      ...announcement(address),
    })),
    ...sysctlSteps(sandbox, link, endpointOptions(options, lease.mtu)),
    { do: 'link.set', namespace: sandbox, name: link, isUp: true },
  ]
}

/** IPv6 would keep the address tentative for a second (RFC 4862, 5.4), though nobody else can have it: leases are ours. */
function announcement(address: string): { broadcast: string } | { isNoDad: true } {
  const broadcast = broadcastAddress(address)
  return broadcast === undefined ? { isNoDad: true } : { broadcast }
}
