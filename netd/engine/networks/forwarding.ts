import type { KernelStep } from '../../kernel/kernel.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf } from './resolve-network.ts'

/** Whether the host is its IPv6 router: not of one that a router outside serves, nor of one that only holds configuration. */
export function isIpv6RoutedByHost(engine: Engine, network: NetworkRecord): boolean {
  return network.isIpv6 && !network.isInternal && driverOf(engine, network).isRoutedByHost
}

/** IPv4's is set when the daemon starts; IPv6's only once somebody needs it, since it makes a host deaf to router advertisements. */
export function forwardingSteps(engine: Engine, network: NetworkRecord): KernelStep[] {
  return engine.config.isIpForward && isIpv6RoutedByHost(engine, network)
    ? [{ do: 'sysctl.set', namespace: engine.host, name: 'net.ipv6.conf.all.forwarding', value: '1' }]
    : []
}
