import type { EndpointRequest } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import { parseLink } from '../../engine/sandbox/links.ts'
import { isWord } from '../../engine/sandbox/words.ts'
import type { RequestedEndpoint } from '../../store/records.ts'
import { parseMac } from './mac.ts'

/**
 * What a client asks of an endpoint, when a container is made or connected. Go clients send every field: null says
 * nothing, and neither does an empty string. Throws 400.
 */
export function parseEndpoint(request: EndpointRequest): RequestedEndpoint {
  const { IPAMConfig: ipam, Links: links, Aliases: aliases, DriverOpts: driverOptions, GwPriority: priority } = request
  return {
    ...(ipam ? { ipam: parseIpam(ipam) } : {}),
    ...(links ? { links: links.map(parseLink) } : {}),
    ...(aliases ? { aliases: parseAliases(aliases) } : {}),
    ...(request.MacAddress ? { mac: parseMacAddress(request.MacAddress) } : {}),
    ...(driverOptions ? { driverOptions } : {}),
    ...(typeof priority === 'number' ? { gatewayPriority: priority } : {}),
  }
}

function parseIpam({
  IPv4Address: ipv4,
  IPv6Address: ipv6,
  LinkLocalIPs: linkLocal,
}: NonNullable<EndpointRequest['IPAMConfig']>): NonNullable<RequestedEndpoint['ipam']> {
  return { ...(ipv4 ? { ipv4 } : {}), ...(ipv6 ? { ipv6 } : {}), ...(linkLocal ? { linkLocal } : {}) }
}

/** They end up in the answers of the resolver and in listings. */
function parseAliases(aliases: string[]): string[] {
  const bad = aliases.find((alias) => !isWord(alias))
  if (bad !== undefined)
    throw errors.invalidParameter(
      `invalid network alias ${JSON.stringify(bad)}: it has to be a name without white space`,
    )
  return [...new Set(aliases)]
}

export function parseMacAddress(text: string): string {
  const mac = parseMac(text)
  if (mac === undefined) throw errors.invalidParameter(`invalid MAC address: ${text}`)
  return mac
}
