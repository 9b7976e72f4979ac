/** An endpoint of an ipvlan network: a link of the container's own on the host's parent, and nothing on the host. */
import { inverse } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import { configureLink } from '../configure-link.ts'
import type { DriverContext, EndpointPlan } from '../driver.ts'
import { parentState } from '../parent-link.ts'
import { ipvlanOptions } from './options.ts'

function linkStep({ host }: Pick<DriverContext, 'host'>, { network, lease, sandbox }: EndpointPlan): KernelStep {
  const { mode, flag } = ipvlanOptions(network)
  return {
    do: 'link.add',
    namespace: sandbox,
    name: lease.interface,
    kind: 'ipvlan',
    mode,
    flag,
    parent: parentState(network).parent,
    parentNamespace: host,
    mtu: lease.mtu,
  }
}

export function connect(context: DriverContext, plan: EndpointPlan): KernelStep[] {
  return [linkStep(context, plan), ...configureLink(plan)]
}

/** To cut it off is to delete it: its parent knows its addresses until then, and refuses them to another (ipvlan_addr_busy). */
export function disconnect(context: DriverContext, plan: EndpointPlan): KernelStep[] {
  return inverse([linkStep(context, plan)])
}
