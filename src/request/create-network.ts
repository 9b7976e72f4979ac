/** Flags of network create, as a request. */
import { isAddress } from '../../api/address/family.ts'
import { contains, parseSubnet, withoutPrefix } from '../../api/address/subnet.ts'
import type { CreateNetworkRequest, IpamPool } from '../../api/docker/networks.ts'
import { UsageError } from '../errors.ts'

export interface CreateNetworkFlags {
  driver: string
  subnet?: string[]
  gateway?: string[]
  ipRange?: string[]
  auxAddress?: Record<string, string>
  ipamDriver: string
  ipamOpt?: Record<string, string>
  opt?: Record<string, string>
  label?: Record<string, string>
  internal?: boolean
  attachable?: boolean
  ingress?: boolean
  scope?: string
  configOnly?: boolean
  configFrom?: string
  ipv4?: boolean
  ipv6?: boolean
}

export function createNetworkRequest(name: string, flags: CreateNetworkFlags): CreateNetworkRequest {
  return {
    Name: name,
    Driver: flags.driver,
    Internal: flags.internal ?? false,
    Attachable: flags.attachable ?? false,
    ...(flags.ingress && { Ingress: true }),
    ...(flags.scope !== undefined && { Scope: flags.scope }),
    ...(flags.configOnly && { ConfigOnly: true }),
    ...(flags.configFrom !== undefined && { ConfigFrom: { Network: flags.configFrom } }),
    ...(flags.ipv4 === false && { EnableIPv4: false }),
    ...(flags.ipv6 !== undefined && { EnableIPv6: flags.ipv6 }),
    Options: flags.opt ?? {},
    Labels: flags.label ?? {},
    IPAM: { Driver: flags.ipamDriver, Options: flags.ipamOpt ?? {}, Config: pools(flags) },
  }
}

/** Ranges, gateways and auxiliary addresses find their subnet by containment; one that finds none is refused here, as the docker CLI does. */
function pools({ subnet = [], gateway = [], ipRange = [], auxAddress = {} }: CreateNetworkFlags): IpamPool[] {
  if (subnet.length < ipRange.length || subnet.length < gateway.length)
    refuse('every ip-range or gateway must have a corresponding subnet')
  const found = subnet.map((text): IpamPool & { Subnet: string } => ({ Subnet: text }))
  const owner = (address: string, what: string) =>
    found.find(({ Subnet }) => holds(Subnet, address)) ?? refuse(`no matching subnet for ${what} ${address}`)
  if (
    found.some((one, at) =>
      found.slice(at + 1).some((other) => holds(one.Subnet, other.Subnet) || holds(other.Subnet, one.Subnet)),
    )
  ) {
    refuse('multiple overlapping subnet configuration is not supported')
  }
  for (const text of ipRange) {
    if (!/^[^/]+\/\d+$/.test(text)) refuse(`invalid CIDR address: ${text}`)
    owner(text, 'range').IPRange = text
  }
  for (const text of gateway) owner(text, 'gateway').Gateway = text
  for (const [host, address] of Object.entries(auxAddress)) {
    const pool = owner(address, 'aux-address')
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [host]: address }
  }
  return found
}

/** `address` may be a CIDR. A malformed subnet holds nothing: refusing it is the daemon's business. */
function holds(subnet: string, address: string): boolean {
  const network = parseSubnet(subnet)
  const host = withoutPrefix(address)
  return network !== undefined && isAddress(host) && contains(network, host)
}

function refuse(sentence: string): never {
  throw new UsageError(sentence)
}
