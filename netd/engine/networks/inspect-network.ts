import type { Network, NetworkContainer } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOn } from './endpoints-on.ts'
import { findNetwork } from './resolve-network.ts'

/** With the containers that are on it now. 404 also for one of another scope than is asked for. */
export function inspectNetwork(engine: Engine, reference: string, scope?: string): Network {
  const network = findNetwork(engine, reference)
  if (scope && scope !== 'local') throw errors.networkNotFound(reference)
  const containers = activeEndpointsOn(engine, network).map(({ sandbox, lease }): [string, NetworkContainer] => [
    sandbox.id,
    {
      Name: sandbox.name,
      EndpointID: lease.endpointId,
      MacAddress: lease.mac,
      IPv4Address: lease.ipv4 ?? '',
      IPv6Address: lease.ipv6 ?? '',
    },
  ])
  return { ...describeNetwork(network), Containers: Object.fromEntries(containers) }
}

export function describeNetwork(network: NetworkRecord): Network {
  const hasIpamOptions = Object.keys(network.ipamOptions).length > 0
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt,
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.isIpv4,
    EnableIPv6: network.isIpv6,
    IPAM: {
      Driver: network.ipamDriver,
      Options: hasIpamOptions ? network.ipamOptions : null,
      Config: network.pools.map(({ subnet, ipRange, gateway, auxiliaryAddresses }) => ({
        Subnet: subnet,
        ...(ipRange === undefined ? {} : { IPRange: ipRange }),
        Gateway: gateway,
        ...(Object.keys(auxiliaryAddresses).length === 0 ? {} : { AuxiliaryAddresses: auxiliaryAddresses }),
      })),
    },
    Internal: network.isInternal,
    Attachable: network.isAttachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options: network.options,
    Labels: network.labels,
  }
}
