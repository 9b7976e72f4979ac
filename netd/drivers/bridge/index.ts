/** The bridge driver: a Linux bridge per network, a veth pair per endpoint, elements in our nftables table. */
import type { Firewall } from '../../firewall/firewall.ts'
import type { Driver } from '../driver.ts'
import { connect, disconnect, isolate } from './endpoint.ts'
import { createNetwork, deleteNetwork } from './network.ts'
import { bridgeOptions } from './options.ts'

export function bridgeDriver(firewall: Pick<Firewall, 'bridgeSteps'>): Driver {
  return {
    name: 'bridge',
    scope: 'local',
    // BR_MAX_PORTS is 1,024 (net/bridge/br_private.h), and port number 0 is never given.
    endpointLimit: 1023,
    hasAddresses: true,
    validate: (network) => void bridgeOptions(network),
    createNetwork: (context, network) => createNetwork(firewall, context, network),
    deleteNetwork: (context, network) => deleteNetwork(firewall, context, network),
    connect,
    disconnect,
    isolate,
  }
}
