/** An endpoint of a bridge network as kernel steps: one veth pair, its far end born in the container. */
import { familyOf } from '../../../api/address/family.ts'
import { contains, withoutPrefix } from '../../../api/address/subnet.ts'
import { invert } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { DriverContext, EndpointNames, EndpointPlan } from '../driver.ts'
import { configureLink } from '../configure-link.ts'
import { endpointMark } from '../mark.ts'
import { bridgeName } from './network.ts'
import { bridgeOptions } from './options.ts'

export function endpointNames(network: NetworkRecord, endpointId: string): EndpointNames {
  return {
    hostInterface: `veth${endpointId.slice(0, 7)}`,
    interfacePrefix: bridgeOptions(network).interfacePrefix,
  }
}

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
  return [pairStep(context, plan), ...configureLink(plan), ...neighbourRoutes(plan)]
}

/** The network's other subnets are on the same bridge: no router is needed, and an internal network has none. */
function neighbourRoutes({ network, lease, sandbox }: EndpointPlan): KernelStep[] {
  const own = [lease.ipv4, lease.ipv6].filter((address) => address !== undefined)
  return network.pools
    .filter(
      ({ subnet }) =>
        own.some((address) => familyOf(address) === familyOf(subnet)) &&
        !own.some((address) => contains(subnet, withoutPrefix(address))),
    )
    .map(({ subnet }) => ({
      do: 'route.add',
      namespace: sandbox,
      destination: subnet,
      link: lease.interface,
    }))
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
