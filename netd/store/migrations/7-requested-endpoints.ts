/** Sandboxes kept what was asked of their endpoints as Docker's EndpointSettings; now what was parsed from it. */
import type { DatabaseSync } from 'node:sqlite'
import { rewrite } from './rewrite.ts'

interface RequestOfSchema6 {
  IPAMConfig?: { IPv4Address?: string | null; IPv6Address?: string | null; LinkLocalIPs?: string[] | null }
  Links?: string[]
  Aliases?: string[]
  MacAddress?: string
  DriverOpts?: Record<string, string>
  GwPriority?: number
}

interface SandboxOfSchema6 {
  endpoints: Record<string, { request: RequestOfSchema6 }>
}

export function parseEndpoints(database: DatabaseSync): void {
  rewrite(database, 'sandboxes', (sandbox: SandboxOfSchema6) => ({
    ...sandbox,
    endpoints: Object.fromEntries(
      Object.entries(sandbox.endpoints).map(([key, endpoint]) => [
        key,
        { ...endpoint, request: requestOf(endpoint.request) },
      ]),
    ),
  }))
}

/** Nulls had been left out. */
function requestOf(request: RequestOfSchema6): object {
  const { IPAMConfig: ipam, Links: links } = request
  return {
    ipam: ipam && {
      ipv4: ipam.IPv4Address || undefined,
      ipv6: ipam.IPv6Address || undefined,
      linkLocal: ipam.LinkLocalIPs ?? undefined,
    },
    mac: request.MacAddress?.toLowerCase().replaceAll('-', ':'),
    aliases: request.Aliases,
    links: links?.map((link) => {
      const [target = '', alias = target] = link.split(':')
      return { target, alias: alias.split('/').at(-1) }
    }),
    driverOptions: request.DriverOpts,
    gatewayPriority: request.GwPriority,
  }
}
