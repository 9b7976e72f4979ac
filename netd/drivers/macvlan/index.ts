/** The macvlan driver: containers with MACs of their own on an interface of the host, which itself is not reached by them. */
import type { Driver } from '../driver.ts'
import { linkOptions } from '../endpoint-options.ts'
import { connect, disconnect } from './endpoint.ts'
import { createParent, deleteParent, madeWith, parentState } from '../parent-link.ts'
import { planNetwork } from './network.ts'
import { macvlanOptions, option } from './options.ts'

export const macvlanDriver: Driver = {
  name: 'macvlan',
  scope: 'local',
  options: Object.values(option),
  endpointOptions: linkOptions,
  isSingleton: false,
  membership: 'shared',
  hasSubnets: true,
  isRoutedByHost: false,
  macRefusal: () => undefined,
  takesOver: () => undefined,
  plan: planNetwork,
  wayOut: () => 'gateway',
  endpointLimit: (network) =>
    macvlanOptions(network).mode === 'passthru'
      ? { count: 1, reason: 'an interface in passthru mode carries no more' }
      : undefined,
  createNetwork: createParent,
  deleteNetwork: deleteParent,
  links: madeWith,
  carrier: (network) => parentState(network).parent,
  firewall: () => [],
  // Its containers have addresses of the network outside: as with dockerd, -p is taken and means nothing, which a warning says.
  publishing: () => undefined,
  endpointNames: () => ({ hostInterface: '', interfacePrefix: 'eth' }),
  guards: () => [],
  connect,
  disconnect,
  isolate: disconnect,
}
