/** Docker Engine API, "Network": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Network */
import { z } from 'zod'
import { labels, stringMap } from './common.ts'

export const endpointIpamConfig = z.object({
  IPv4Address: z.string().nullish(),
  IPv6Address: z.string().nullish(),
  LinkLocalIPs: z.array(z.string()).nullish(),
})

/** What a client may ask of an endpoint; the daemon's own answers fill the remaining fields of EndpointSettings. */
export const endpointRequest = z.object({
  IPAMConfig: endpointIpamConfig.nullish(),
  Links: z.array(z.string()).nullish(),
  Aliases: z.array(z.string()).nullish(),
  MacAddress: z.string().nullish(),
  DriverOpts: stringMap.nullish(),
  GwPriority: z.number().int().nullish(),
})
export type EndpointRequest = z.infer<typeof endpointRequest>

export const ipamPool = z.object({
  Subnet: z.string().nullish(),
  IPRange: z.string().nullish(),
  Gateway: z.string().nullish(),
  AuxiliaryAddresses: stringMap.nullish(),
})
export type IpamPool = z.infer<typeof ipamPool>

export const ipam = z.object({
  Driver: z.string().nullish(),
  Config: z.array(ipamPool).nullish(),
  Options: stringMap.nullish(),
})

export const createNetworkRequest = z.object({
  /** Go's zero value: a missing name is an empty one. */
  Name: z.string().default(''),
  CheckDuplicate: z.boolean().nullish(),
  Driver: z.string().nullish(),
  Scope: z.string().nullish(),
  Internal: z.boolean().nullish(),
  Attachable: z.boolean().nullish(),
  Ingress: z.boolean().nullish(),
  ConfigOnly: z.boolean().nullish(),
  ConfigFrom: z.object({ Network: z.string() }).nullish(),
  IPAM: ipam.nullish(),
  EnableIPv4: z.boolean().nullish(),
  EnableIPv6: z.boolean().nullish(),
  Options: stringMap.nullish(),
  Labels: labels.nullish(),
})
export type CreateNetworkRequest = z.infer<typeof createNetworkRequest>

export const connectNetworkRequest = z.object({
  Container: z.string().default(''),
  EndpointConfig: endpointRequest.nullish(),
})
export type ConnectNetworkRequest = z.infer<typeof connectNetworkRequest>

export const disconnectNetworkRequest = z.object({
  Container: z.string().default(''),
  Force: z.boolean().nullish(),
})
export type DisconnectNetworkRequest = z.infer<typeof disconnectNetworkRequest>

export interface CreateNetworkResponse {
  Id: string
  Warning: string
}

export interface NetworkContainer {
  Name: string
  EndpointID: string
  MacAddress: string
  /** CIDR, e.g. `172.18.0.2/24`; empty when the endpoint has no address of that family. */
  IPv4Address: string
  IPv6Address: string
}

export interface Network {
  Name: string
  Id: string
  /** RFC 3339 with nanoseconds. */
  Created: string
  Scope: string
  Driver: string
  EnableIPv4: boolean
  EnableIPv6: boolean
  IPAM: {
    Driver: string
    Options: Record<string, string> | null
    Config: { Subnet?: string; IPRange?: string; Gateway?: string; AuxiliaryAddresses?: Record<string, string> }[]
  }
  Internal: boolean
  Attachable: boolean
  Ingress: boolean
  ConfigFrom: { Network: string }
  ConfigOnly: boolean
  Containers: Record<string, NetworkContainer>
  Options: Record<string, string>
  Labels: Record<string, string>
}

/** One entry of a container's `NetworkSettings.Networks`. */
export interface EndpointSettings {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] } | null
  Links: string[] | null
  Aliases: string[] | null
  MacAddress: string
  DriverOpts: Record<string, string> | null
  GwPriority: number
  NetworkID: string
  EndpointID: string
  Gateway: string
  IPAddress: string
  IPPrefixLen: number
  IPv6Gateway: string
  GlobalIPv6Address: string
  GlobalIPv6PrefixLen: number
  DNSNames: string[] | null
}

export interface PruneNetworksResponse {
  NetworksDeleted: string[] | null
}
