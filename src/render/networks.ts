import type { Network } from '../../api/docker/networks.ts'
import { labelFields, type Listing, type Row } from './list.ts'

export const networkListing: Listing = {
  headings: {
    ID: 'NETWORK ID',
    Name: 'NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    IPv4: 'IPV4',
    IPv6: 'IPV6',
    Internal: 'INTERNAL',
    Labels: 'LABELS',
    CreatedAt: 'CREATED AT',
    Subnets: 'SUBNETS',
  },
  columns: ['ID', 'Name', 'Driver', 'Scope'],
  key: 'ID',
}

export function networkRow(network: Network, isTruncated: boolean): Row {
  return {
    ID: isTruncated ? network.Id.slice(0, 12) : network.Id,
    Name: network.Name,
    Driver: network.Driver,
    Scope: network.Scope,
    IPv4: String(network.EnableIPv4),
    IPv6: String(network.EnableIPv6),
    Internal: String(network.Internal),
    CreatedAt: network.Created,
    Subnets: (network.IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []).join(', '),
    ...labelFields(network.Labels),
  }
}
