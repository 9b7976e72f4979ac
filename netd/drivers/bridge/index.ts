/** The bridge driver: a Linux bridge per network, a veth pair per endpoint, elements in our nftables table. */
import type { Firewall } from '../../firewall/firewall.ts'
import type { Driver } from '../driver.ts'
import { isAdopted } from './adopt.ts'
import { defaultNetwork, type DefaultBridgeSettings } from './default-network.ts'
import { endpointOption } from '../endpoint-options.ts'
import { connect, disconnect, endpointNames, guards, isolate } from './endpoint.ts'
import { publishing } from './gateway-modes.ts'
import { bridgeIntent, bridgeName, createNetwork, deleteNetwork, planNetwork } from './network.ts'
import { bridgeOptions, option } from './options.ts'

export function bridgeDriver(
  firewall: Pick<Firewall, 'bridgeSteps' | 'guardSteps'>,
  settings: DefaultBridgeSettings,
): Driver {
  return {
    name: 'bridge',
    scope: 'local',
    options: Object.values(option),
    endpointOptions: Object.values(endpointOption),
    predefined: defaultNetwork(settings),
    isSingleton: false,
    membership: 'shared',
    hasSubnets: true,
    isRoutedByHost: true,
    macRefusal: () => undefined,
    takesOver: (options) => bridgeOptions({ options }).name,
    plan: planNetwork,
    wayOut: () => 'gateway',
    // BR_MAX_PORTS is 1,024 (net/bridge/br_private.h), and port number 0 is never given.
    endpointLimit: () => ({ count: 1023, reason: 'a Linux bridge cannot have more ports' }),
    createNetwork: (context, network) => createNetwork(firewall, context, network),
    deleteNetwork: (context, network) => deleteNetwork(firewall, context, network),
    links: (network) => (isAdopted(network) ? [] : [bridgeName(network)]),
    carrier: bridgeName,
    firewall: (network) => [bridgeIntent(network)],
    publishing,
    endpointNames,
    guards,
    connect: (context, plan) => connect(firewall, context, plan),
    disconnect: (context, plan) => disconnect(firewall, context, plan),
    isolate: (context, plan) => isolate(firewall, context, plan),
  }
}
