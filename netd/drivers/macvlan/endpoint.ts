/** An endpoint of a macvlan network: a link of the container's own on the host's parent, and nothing on the host. */
import { inverse } from '../../kernel/invert.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import { configureLink } from '../configure-link.ts'
import type { DriverContext, EndpointPlan } from '../driver.ts'
import { parentState } from '../parent-link.ts'
import { macvlanOptions } from './options.ts'

function linkStep({ host }: Pick<DriverContext, 'host'>, { network, lease, sandbox }: EndpointPlan): KernelStep {
  return {
    do: 'link.add',
    namespace: sandbox,
    name: lease.interface,
    kind: 'macvlan',
    mode: macvlanOptions(network).mode,
    parent: parentState(network).parent,
    parentNamespace: host,
    mac: lease.mac,
    mtu: lease.mtu,
  }
}

export function connect(context: DriverContext, plan: EndpointPlan): KernelStep[] {
  return [linkStep(context, plan), ...configureLink(plan)]
}

/**
 * To cut it off is to delete it as well: its parent knows its MAC until then, a passthru parent has no room for another,
 * and the end of the namespace comes on its own time.
 */
export function disconnect(context: DriverContext, plan: EndpointPlan): KernelStep[] {
  return inverse([linkStep(context, plan)])
}
