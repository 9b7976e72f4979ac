/** Everything of a create request that ends up in /etc/hostname, /etc/hosts and /etc/resolv.conf. */
import { isIP } from 'node:net'
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { validateEndpointNames } from '../sandbox/lease-endpoint.ts'
import { isWord } from '../sandbox/words.ts'

/** __NEW_UTS_LEN (linux/utsname.h). */
const longestHostname = 64

/** Throws 400, in the words of dockerd or of the docker CLI, which checks some of it itself. */
export function validateNames({
  Hostname: hostname,
  Domainname: domainname,
  HostConfig: host,
  NetworkingConfig: networking,
}: CreateContainerRequest): void {
  for (const [kind, name] of [
    ['hostname', hostname],
    ['domainname', domainname],
  ] as const) {
    if (!name) continue
    if (!isWord(name)) throw errors.invalidParameter(`invalid ${kind} format: ${name}`)
    if (Buffer.byteLength(name) > longestHostname)
      throw errors.invalidParameter(
        `invalid ${kind}: ${name} is longer than the ${longestHostname} bytes that Linux has for it`,
      )
  }
  for (const entry of host?.ExtraHosts ?? []) validateExtraHost(entry)
  for (const address of host?.Dns ?? [])
    if (isIP(address) === 0) throw errors.invalidParameter(`${address} is not an ip address`)
  for (const domain of host?.DnsSearch ?? [])
    if (!isWord(domain)) throw errors.invalidParameter(`${domain} is not a valid domain`)
  for (const option of host?.DnsOptions ?? [])
    if (!isWord(option)) throw errors.invalidParameter(`invalid DNS option: ${option}`)
  validateEndpointNames({ Links: host?.Links })
  for (const endpoint of Object.values(networking?.EndpointsConfig ?? {})) validateEndpointNames(endpoint ?? {})
}

/** `NAME:ADDRESS`, with `=` in place of the colon as of API 1.44. */
function validateExtraHost(entry: string): void {
  const at = entry.search(/[:=]/)
  if (at < 1 || !isWord(entry.slice(0, at)))
    throw errors.invalidParameter(`bad format for add-host: ${JSON.stringify(entry)}`)
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1')
  if (address !== 'host-gateway' && isIP(address) === 0)
    throw errors.invalidParameter(`invalid IP address in add-host: ${JSON.stringify(address)}`)
}
