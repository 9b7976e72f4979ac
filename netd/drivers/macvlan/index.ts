/** The macvlan driver: containers with MACs of their own on an interface of the host, which itself is not reached by them. */
import type { Driver } from '../driver.ts'
import { endpointOption } from '../endpoint-options.ts'
import { connect, disconnect } from './endpoint.ts'
import { createNetwork, deleteNetwork, macvlanState, planNetwork } from './network.ts'
import { macvlanOptions, option } from './options.ts'

export const macvlanDriver: Driver = {
  name: 'macvlan',
  scope: 'local',
  options: Object.values(option),
  endpointOptions: Object.values(endpointOption),
  isSingleton: false,
  membership: 'shared',
  hasSubnets: true,
  isRoutedByHost: false,
  takesOver: () => undefined,
  plan: planNetwork,
  endpointLimit: (network) =>
    macvlanOptions(network).mode === 'passthru'
      ? { count: 1, reason: 'an interface in passthru mode carries no more' }
      : undefined,
  createNetwork,
  deleteNetwork,
  links: (network) => (macvlanState(network).made === undefined ? [] : [macvlanState(network).parent]),
  carrier: (network) => macvlanState(network).parent,
  firewall: () => [],
  // Its containers have addresses of the network outside: as with dockerd, -p is taken and means nothing.
  publishing: () => undefined,
  endpointNames: () => ({ hostInterface: '', interfacePrefix: 'eth' }),
  connect,
  disconnect,
  isolate: disconnect,
}
