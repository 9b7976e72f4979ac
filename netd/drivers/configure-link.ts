import { broadcastAddress } from '../../api/address/subnet.ts'
import type { KernelStep } from '../kernel/kernel.ts'
import { disableIpv6 } from './disable-ipv6.ts'
import type { EndpointPlan } from './driver.ts'
import { endpointOptions, sysctlSteps } from './endpoint-options.ts'

/** Addresses and settings of an endpoint's link in the container, which is there already, and still down. */
export function configureLink({ lease, sandbox, options }: EndpointPlan): KernelStep[] {
  const link = lease.interface
  const addresses = [lease.ipv4, lease.ipv6].filter((address) => address !== undefined)
  return [
    ...(lease.ipv6 === undefined ? [disableIpv6(sandbox, link)] : []),
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
