/** An endpoint of a bridge network as kernel steps: one veth pair, its far end born in the container. */
import { familyOf } from '../../../api/address/family.ts'
import { contains, withoutPrefix } from '../../../api/address/subnet.ts'
import { inverse } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { Firewall, PortGuard } from '../../firewall/firewall.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { DriverContext, EndpointNames, EndpointPlan } from '../driver.ts'
import { configureLink } from '../configure-link.ts'
import { endpointOptions } from '../endpoint-options.ts'
import { linkLocal } from '../mac.ts'
import { endpointMark } from '../mark.ts'
import { isAdopted } from './adopt.ts'
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
    ...(isAdopted(network) ? { mac: highMac(lease.endpointId) } : {}),
    alias: endpointMark(context, lease.endpointId),
    master: bridgeName(network),
    // Hairpin: where br_netfilter is loaded, a container that calls its own published port is answered through the port it asked on.
    port: { isHairpin: true, isIsolated: !bridgeOptions(network).isIcc },
    isUp: true,
  }
}

/** A bridge without a MAC of its own has the lowest of its ports' (br_stp_recalculate_bridge_id, net/bridge/br_stp_if.c): never this one, so that the host's neighbours find it where it was. */
function highMac(endpointId: string): string {
  return ['fe', ...endpointId.match(/../g)!.slice(0, 5)].join(':')
}

/** With the link-local address that the kernel makes of the MAC (addr_gen_mode `eui64`, its default). */
export function guards({ network, lease, options }: EndpointPlan): PortGuard[] {
  if (!bridgeOptions(network).isAntiSpoofing || endpointOptions(options, lease.mtu).isTrusted) return []
  const addresses = [lease.ipv4, lease.ipv6, ...(lease.linkLocal ?? [])]
    .filter((address) => address !== undefined)
    .map(withoutPrefix)
  const hasIpv6 = addresses.some((address) => familyOf(address) === 'ipv6')
  if (hasIpv6) addresses.push(linkLocal(lease.mac))
  return [{ port: lease.hostInterface, mac: lease.mac, addresses }]
}

const guardSteps = (firewall: Pick<Firewall, 'guardSteps'>, plan: EndpointPlan): KernelStep[] =>
  guards(plan).flatMap((guard) => firewall.guardSteps(guard))

/** Guarded before it can say anything. */
export function connect(
  firewall: Pick<Firewall, 'guardSteps'>,
  context: DriverContext,
  plan: EndpointPlan,
): KernelStep[] {
  return [...guardSteps(firewall, plan), pairStep(context, plan), ...configureLink(plan), ...neighbourRoutes(plan)]
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
export function disconnect(
  firewall: Pick<Firewall, 'guardSteps'>,
  context: DriverContext,
  plan: EndpointPlan,
): KernelStep[] {
  return inverse([...guardSteps(firewall, plan), pairStep(context, plan)])
}

/** A port that is down forwards nothing. The dying namespace takes the pair itself, on its own time. */
export function isolate(
  firewall: Pick<Firewall, 'guardSteps'>,
  { host }: DriverContext,
  plan: EndpointPlan,
): KernelStep[] {
  return [
    { do: 'link.set', namespace: host, name: plan.lease.hostInterface, isUp: false },
    ...inverse(guardSteps(firewall, plan)),
  ]
}
