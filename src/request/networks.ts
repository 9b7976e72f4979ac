/** Flags about endpoints, as requests: `--network` and its friends of run, and network connect. */
import type { CreateContainerRequest } from '../../api/docker/containers.ts'
import type { EndpointRequest } from '../../api/docker/networks.ts'
import { UsageError } from '../errors.ts'
import { csvFields, cut, parseMacAddress, parseOption } from './values.ts'

export interface NetworkAttachment {
  target: string
  endpoint: EndpointRequest
}

type NetworkingConfig = NonNullable<CreateContainerRequest['NetworkingConfig']>

export interface EndpointFlags {
  ip?: string
  ip6?: string
  macAddress?: string
  networkAlias?: string[]
  link?: string[]
  linkLocalIp?: string[]
}

/** A name, or `name=web,alias=a,ip=10.0.0.2,ip6=…,mac-address=…,gw-priority=1,driver-opt=k=v,link-local-ip=…`. */
export function parseNetwork(text: string): NetworkAttachment {
  if (!/^\w+=/.test(text)) return { target: text, endpoint: {} }
  const endpoint: EndpointRequest = {}
  let target = ''
  for (const field of csvFields(text)) {
    const [key, value] = cut(field, '=')
    if (value === undefined || value === '') throw new UsageError(`invalid field ${field}`)
    switch (key.trim().toLowerCase()) {
      case 'name':
        target = value
        break
      case 'alias':
        endpoint.Aliases = [...(endpoint.Aliases ?? []), value]
        break
      case 'driver-opt':
        endpoint.DriverOpts = { ...endpoint.DriverOpts, ...Object.fromEntries([parseOption(value)]) }
        break
      case 'ip':
        endpoint.IPAMConfig = { ...endpoint.IPAMConfig, IPv4Address: value }
        break
      case 'ip6':
        endpoint.IPAMConfig = { ...endpoint.IPAMConfig, IPv6Address: value }
        break
      case 'link-local-ip':
        endpoint.IPAMConfig = {
          ...endpoint.IPAMConfig,
          LinkLocalIPs: [...(endpoint.IPAMConfig?.LinkLocalIPs ?? []), value],
        }
        break
      case 'mac-address':
        endpoint.MacAddress = parseMacAddress(value)
        break
      case 'gw-priority':
        endpoint.GwPriority = /^[+-]?\d+$/.test(value)
          ? Number(value)
          : refuse(`invalid gw-priority (${value}): invalid syntax`)
        break
      default:
        throw new UsageError(`invalid field key ${key.trim()}`)
    }
  }
  if (target === '') throw new UsageError('network name/id is not specified')
  return { target, endpoint }
}

/** `bridge`, `host`, `none` and `container:X` are no networks that users define. */
export function isUserDefined(network: string): boolean {
  return !['', 'default', 'bridge', 'host', 'none'].includes(network) && !network.startsWith('container:')
}

/** The flags without a network's name belong to the first network. */
export function containerNetworking(
  attachments: NetworkAttachment[],
  flags: EndpointFlags,
): { networkMode: string; networkingConfig: NetworkingConfig } {
  const [first = { target: 'default', endpoint: {} }, ...others] = attachments
  const aliases = flags.networkAlias ?? []
  if (aliases.length > 0 && !isUserDefined(first.target))
    throw new UsageError('network-scoped aliases are only supported for user-defined networks')
  refuseBoth('--ip', 'per-network IPv4 address', flags.ip, first.endpoint.IPAMConfig?.IPv4Address)
  refuseBoth('--ip6', 'per-network IPv6 address', flags.ip6, first.endpoint.IPAMConfig?.IPv6Address)
  refuseBoth('--mac-address', 'per-network MAC address', flags.macAddress, first.endpoint.MacAddress)
  refuseBoth('--network-alias', 'per-network alias', flags.networkAlias?.[0], first.endpoint.Aliases?.[0])
  for (const { target } of attachments) {
    if (attachments.length > 1 && (target === 'host' || target === 'none' || target.startsWith('container:'))) {
      throw new UsageError(`conflicting options: cannot attach both user-defined and non-user-defined network-modes`)
    }
  }

  const own = endpointRequest(flags)
  const endpoint: EndpointRequest = { ...first.endpoint, ...own }
  if (first.endpoint.IPAMConfig || own.IPAMConfig)
    endpoint.IPAMConfig = { ...first.endpoint.IPAMConfig, ...own.IPAMConfig }
  const isSaid = Object.keys(endpoint).length > 0 || isUserDefined(first.target)
  const entries = [...(isSaid ? [{ target: first.target, endpoint }] : []), ...others]
  const EndpointsConfig: Record<string, EndpointRequest> = {}
  for (const entry of entries) {
    if (entry.target in EndpointsConfig)
      throw new UsageError(`network ${JSON.stringify(entry.target)} is specified multiple times`)
    EndpointsConfig[entry.target] = entry.endpoint
  }
  return { networkMode: first.target, networkingConfig: { EndpointsConfig } }
}

/** Of `network connect`, and of the flags of `run` that name no network. */
export function endpointRequest(flags: EndpointFlags & { driverOpt?: string[]; gwPriority?: number }): EndpointRequest {
  const { ip, ip6, macAddress, networkAlias, link, linkLocalIp, driverOpt, gwPriority } = flags
  const hasAddress = ip !== undefined || ip6 !== undefined || linkLocalIp !== undefined
  return {
    ...(hasAddress && {
      IPAMConfig: {
        ...(ip !== undefined && { IPv4Address: ip }),
        ...(ip6 !== undefined && { IPv6Address: ip6 }),
        ...(linkLocalIp && { LinkLocalIPs: linkLocalIp }),
      },
    }),
    ...(networkAlias && { Aliases: networkAlias }),
    ...(link && { Links: link }),
    ...(macAddress !== undefined && { MacAddress: parseMacAddress(macAddress) }),
    ...(driverOpt && { DriverOpts: Object.fromEntries(driverOpt.map(driverOption)) }),
    ...(gwPriority !== undefined && { GwPriority: gwPriority }),
  }
}

function driverOption(text: string): [string, string] {
  const [key, value] = cut(text, '=')
  return value === undefined ? refuse('invalid key/value pair format in driver options') : [key.trim(), value.trim()]
}

function refuseBoth(flag: string, field: string, one: unknown, other: unknown): void {
  if (one !== undefined && other !== undefined && other !== null)
    refuse(`conflicting options: cannot specify both ${flag} and ${field}`)
}

function refuse(sentence: string): never {
  throw new UsageError(sentence)
}
