/** A network: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Network/operation/NetworkInspect */
import type { Network, NetworkContainer } from '../../../api/docker/networks.ts'
import type { NetworkView } from '../../engine/networks/inspect-network.ts'
import type { NetworkRecord } from '../../store/records.ts'

/** With the containers that are on it now. */
export function renderNetwork({ network, endpoints }: NetworkView): Network {
  const containers = endpoints.map(({ sandbox, lease }): [string, NetworkContainer] => [
    sandbox.id,
    {
      Name: sandbox.name,
      EndpointID: lease.endpointId,
      MacAddress: lease.mac,
      IPv4Address: lease.ipv4 ?? '',
      IPv6Address: lease.ipv6 ?? '',
    },
  ])
  return { ...renderNetworkEntry(network), Containers: Object.fromEntries(containers) }
}

/** Without its containers, as dockerd lists it. */
export function renderNetworkEntry(network: NetworkRecord): Network {
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
      Config: (network.configuration?.pools ?? network.pools).map(
        ({ subnet, ipRange, gateway, auxiliaryAddresses }) => ({
          Subnet: subnet,
          ...(ipRange === undefined ? {} : { IPRange: ipRange }),
          ...(gateway === undefined ? {} : { Gateway: gateway }),
          ...(Object.keys(auxiliaryAddresses ?? {}).length === 0 ? {} : { AuxiliaryAddresses: auxiliaryAddresses }),
        }),
      ),
    },
    Internal: network.isInternal,
    Attachable: network.isAttachable,
    Ingress: false,
    ConfigFrom: { Network: network.configFrom ?? '' },
    ConfigOnly: network.configuration !== undefined,
    Containers: {},
    Options: network.options,
    Labels: network.labels,
  }
}
