/** What the two networks that are made of nothing have in common: no links, no addresses, no options, one network each. */
import type { Driver } from './driver.ts'

export function withoutLinks(
  name: string,
  networkName: string,
  membership: Exclude<Driver['membership'], 'shared'>,
): Driver {
  const nothing = (): [] => []
  return {
    name,
    scope: 'local',
    options: [],
    endpointOptions: [],
    predefined: {
      name: networkName,
      fate: async () => 'stays',
      plan: async () => ({ driverState: {}, mtu: 0, pools: [], options: {} }),
    },
    isSingleton: true,
    membership,
    hasSubnets: false,
    isRoutedByHost: false,
    macRefusal: (network) => `network ${network.name} gives a container no interface that could have a MAC address`,
    takesOver: () => undefined,
    plan: async () => ({ driverState: {}, mtu: 0 }),
    wayOut: () => 'gateway',
    endpointLimit: () => undefined,
    createNetwork: nothing,
    deleteNetwork: nothing,
    links: nothing,
    carrier: () => undefined,
    firewall: nothing,
    publishing: () => undefined,
    endpointNames: () => ({ hostInterface: '', interfacePrefix: '' }),
    guards: nothing,
    connect: nothing,
    disconnect: nothing,
    isolate: nothing,
  }
}
