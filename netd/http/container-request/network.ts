/** Everything of a create request that its sandbox is made from. */
import { isIP } from 'node:net'
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { parseExposedPorts } from '../../engine/containers/exposed-ports.ts'
import { parseLink } from '../../engine/sandbox/links.ts'
import { isWord } from '../../engine/sandbox/words.ts'
import type { NetworkMode, NetworkOptions } from '../../store/container-options.ts'
import type { SandboxRequest } from '../../engine/containers/sandbox-record.ts'
import { parseNetworkMode } from './network-mode.ts'
import { parsePortBindings } from './ports.ts'

/** __NEW_UTS_LEN (linux/utsname.h). */
const longestHostname = 64

/** Throws 400, in the words of dockerd or of the docker CLI, which checks some of it itself. */
export function parseNetwork(request: CreateContainerRequest): { options: NetworkOptions; sandbox: SandboxRequest } {
  const host = request.HostConfig ?? {}
  for (const address of host.Dns ?? [])
    if (isIP(address) === 0) throw errors.invalidParameter(`${address} is not an ip address`)
  for (const domain of host.DnsSearch ?? [])
    if (!isWord(domain)) throw errors.invalidParameter(`${domain} is not a valid domain`)
  for (const option of host.DnsOptions ?? [])
    if (!isWord(option)) throw errors.invalidParameter(`invalid DNS option: ${option}`)
  const options: NetworkOptions = {
    mode: parseNetworkMode(host.NetworkMode),
    exposedPorts: parseExposedPorts(Object.keys(request.ExposedPorts ?? {})),
    publishesAll: host.PublishAllPorts ?? false,
  }
  const sandbox: SandboxRequest = {
    hostname: checkHostname('hostname', request.Hostname ?? ''),
    domainname: checkHostname('domainname', request.Domainname ?? ''),
    portBindings: parsePortBindings(host.PortBindings),
    resolver: { nameservers: host.Dns ?? [], search: host.DnsSearch ?? [], options: host.DnsOptions ?? [] },
    extraHosts: (host.ExtraHosts ?? []).map(parseExtraHost),
    links: (host.Links ?? []).map(parseLink),
  }
  refuseConflicts(options, sandbox, { mac: request.MacAddress ?? '', isUtsFromHost: host.UTSMode === 'host' })
  return { options, sandbox }
}

function checkHostname(kind: string, name: string): string {
  if (name === '') return name
  if (!isWord(name)) throw errors.invalidParameter(`invalid ${kind} format: ${name}`)
  if (Buffer.byteLength(name) > longestHostname)
    throw errors.invalidParameter(
      `invalid ${kind}: ${name} is longer than the ${longestHostname} bytes that Linux has for it`,
    )
  return name
}

/** `NAME:ADDRESS`, with `=` in place of the colon as of API 1.44. */
function parseExtraHost(entry: string): SandboxRequest['extraHosts'][number] {
  const at = entry.search(/[:=]/)
  const name = entry.slice(0, at)
  if (at < 1 || !isWord(name)) throw errors.invalidParameter(`bad format for add-host: ${JSON.stringify(entry)}`)
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1')
  if (address !== 'host-gateway' && isIP(address) === 0)
    throw errors.invalidParameter(`invalid IP address in add-host: ${JSON.stringify(address)}`)
  return { name, address }
}

function refuseConflicts(
  { mode, publishesAll, exposedPorts }: NetworkOptions,
  { hostname, links, resolver, extraHosts, portBindings }: SandboxRequest,
  { mac, isUtsFromHost }: { mac: string; isUtsFromHost: boolean },
): void {
  const isContainer = mode.kind === 'container'
  const refuse = (isConflict: boolean, what: string): void => {
    if (isConflict) throw errors.invalidParameter(`conflicting options: ${what}`)
  }
  const hasLinks = (kind: NetworkMode['kind']): boolean => mode.kind === kind && links.length > 0
  refuse(isContainer && hostname !== '', 'hostname and the network mode')
  refuse(isUtsFromHost && hostname !== '', 'hostname and the UTS mode')
  for (const kind of ['container', 'host'] as const)
    refuse(
      hasLinks(kind),
      `${kind} type ${kind === 'host' ? 'networking' : 'network'} can't be used with links. This would result in undefined behavior`,
    )
  refuse(isContainer && resolver.nameservers.length > 0, 'dns and the network mode')
  refuse(isContainer && extraHosts.length > 0, 'custom host-to-IP mapping and the network mode')
  refuse((isContainer || mode.kind === 'host') && mac !== '', 'mac-address and the network mode')
  refuse(
    isContainer && (portBindings.length > 0 || publishesAll),
    'port publishing and the container type network mode',
  )
  refuse(isContainer && exposedPorts.length > 0, 'port exposing and the container type network mode')
}
