/** The ipvlan driver: containers with addresses of their own behind the MAC of an interface of the host, which itself is not reached by them. */
import type { Driver } from '../driver.ts'
import { linkOptions } from '../endpoint-options.ts'
import { createParent, deleteParent, madeWith, parentState } from '../parent-link.ts'
import { connect, disconnect } from './endpoint.ts'
import { planNetwork } from './network.ts'
import { ipvlanOptions, option } from './options.ts'

export const ipvlanDriver: Driver = {
  name: 'ipvlan',
  scope: 'local',
  options: Object.values(option),
  endpointOptions: linkOptions,
  isSingleton: false,
  membership: 'shared',
  hasSubnets: true,
  isRoutedByHost: false,
  macRefusal: () => 'ipvlan interfaces do not support custom mac address assignment',
  takesOver: () => undefined,
  plan: planNetwork,
  endpointLimit: () => undefined,
  // In l3 and l3s the parent's host looks up the route, whoever the container would have asked.
  wayOut: (network) => (ipvlanOptions(network).mode === 'l2' ? 'gateway' : 'link'),
  createNetwork: createParent,
  deleteNetwork: deleteParent,
  links: madeWith,
  carrier: (network) => parentState(network).parent,
  firewall: () => [],
  guards: () => [],
  // Its containers have addresses of the network outside: as with dockerd, -p is taken and means nothing, which a warning says.
  publishing: () => undefined,
  endpointNames: () => ({ hostInterface: '', interfacePrefix: 'eth' }),
  connect,
  disconnect,
  isolate: disconnect,
}
