/** An endpoint of a bridge network as kernel steps: one veth pair, its far end born in the container. */
import { broadcastAddress } from '../../../api/address/subnet.ts'
import { invert } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { DriverContext, EndpointPlan } from '../driver.ts'
import { endpointOptions, sysctlSteps } from '../endpoint-options.ts'
import { endpointMark } from '../mark.ts'
import { bridgeName, disableIpv6 } from './network.ts'
import { bridgeOptions } from './options.ts'

function pairStep(context: DriverContext, { network, lease, sandbox }: EndpointPlan): KernelStep {
  return {
    do: 'link.add',
    namespace: context.host,
    name: lease.hostInterface,
    kind: 'veth',
    peer: { namespace: sandbox, name: lease.interface, mac: lease.mac, mtu: lease.mtu },
    mtu: lease.mtu,
    alias: endpointMark(context, lease.endpointId),
    master: bridgeName(network),
    // Hairpin: where br_netfilter is loaded, a container that calls its own published port is answered through the port it asked on.
    port: { isHairpin: true, isIsolated: !bridgeOptions(network).isIcc },
    isUp: true,
  }
}

export function connect(context: DriverContext, plan: EndpointPlan): KernelStep[] {
  const { lease, sandbox } = plan
  const link = lease.interface
  const addresses = [lease.ipv4, lease.ipv6].filter((address) => address !== undefined)
  return [
    pairStep(context, plan),
    ...(lease.ipv6 === undefined ? [disableIpv6(sandbox, link)] : []),
    ...addresses.map((address): KernelStep => ({
      do: 'address.add',
      namespace: sandbox,
      link,
      address,
      ...announcement(address),
    })),
    ...sysctlSteps(sandbox, link, endpointOptions(plan.options)),
    { do: 'link.set', namespace: sandbox, name: link, isUp: true },
  ]
}

/** IPv6 would keep the address tentative for a second (RFC 4862, 5.4), though nobody else can have it: leases are ours. */
function announcement(address: string): { broadcast: string } | { isNoDad: true } {
  const broadcast = broadcastAddress(address)
  return broadcast === undefined ? { isNoDad: true } : { broadcast }
}

/** One end takes the other with it, and with it addresses and routes. */
export function disconnect(context: DriverContext, plan: EndpointPlan): KernelStep[] {
  const inverse = invert(pairStep(context, plan))
  return inverse === undefined ? [] : [inverse]
}

/** A port that is down forwards nothing. The dying namespace takes the pair itself, on its own time. */
export function isolate({ host }: DriverContext, { lease }: EndpointPlan): KernelStep[] {
  return [{ do: 'link.set', namespace: host, name: lease.hostInterface, isUp: false }]
}
