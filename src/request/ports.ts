/** `-p [[ip:][host]:]container[/proto]`, ranges on either side, and the long form `target=80,published=8080`. */
import { isAddress } from '../../api/address/family.ts'
import type { PortBindings } from '../../api/docker/containers.ts'
import type { PortChoice } from '../../api/trestle/ports.ts'
import { UsageError } from '../errors.ts'
import { cut } from './values.ts'

export interface PortFlags {
  /** Keys are `80/tcp`. */
  exposed: Record<string, object>
  bindings: NonNullable<PortBindings>
}

export function parsePorts(publish: string[], expose: string[] = []): PortFlags {
  const flags: PortFlags = { exposed: {}, bindings: {} }
  for (const text of publish) {
    for (const { port, binding } of parsePublish(text)) {
      flags.exposed[port] = {}
      ;(flags.bindings[port] ??= []).push(binding)
    }
  }
  for (const text of expose) for (const port of parseExpose(text)) flags.exposed[port] = {}
  return flags
}

/** What `port rm` is to take back: written as it was published, or by the container port alone. */
export function portChoice(text: string): PortChoice {
  const { ip, container, host, protocol } = publication(text)
  return {
    containerPort: container.first,
    ...(container.last > container.first ? { containerPortEnd: container.last } : {}),
    protocol,
    ...(host === undefined ? {} : { hostPort: host.first }),
    ...(host !== undefined && host.last > host.first ? { hostPortEnd: host.last } : {}),
    ...(ip === '' ? {} : { hostAddress: ip }),
  }
}

/** One entry for each container port. */
export function parsePublish(text: string): { port: string; binding: { HostIp: string; HostPort: string } }[] {
  const { ip, container, host, protocol } = publication(text)
  const isChoice = host !== undefined && container.last === container.first && host.last !== host.first
  return Array.from({ length: container.last - container.first + 1 }, (_, offset) => ({
    port: `${container.first + offset}/${protocol}`,
    binding: {
      HostIp: ip,
      HostPort: host === undefined ? '' : isChoice ? `${host.first}-${host.last}` : String(host.first + offset),
    },
  }))
}

interface Publication {
  /** Empty for every address. */
  ip: string
  container: { first: number; last: number }
  /** Absent for any free port. As many as container ports, or several for one of those: any of them. */
  host: { first: number; last: number } | undefined
  protocol: PortChoice['protocol']
}

function publication(text: string): Publication {
  const short = text.includes('=') ? shortForm(text) : text
  const parts = short.split(':')
  const { protocol, ports } = splitProtocol(parts.at(-1)!)
  const hostPorts = parts.at(-2) ?? ''
  const ip = hostAddress(parts.slice(0, -2).join(':'))

  if (ports === '') throw new UsageError(`no port specified: ${short}<empty>`)
  const container = range(ports) ?? refuse(`invalid containerPort: ${ports}`)
  const host = hostPorts === '' ? undefined : (range(hostPorts) ?? refuse(`invalid hostPort: ${hostPorts}`))
  const size = container.last - container.first
  // A range of host ports for one container port: the daemon takes any free one.
  const isChoice = host !== undefined && size === 0 && host.last !== host.first
  if (host !== undefined && !isChoice && host.last - host.first !== size) {
    throw new UsageError(`invalid ranges specified for container and host Ports: ${ports} and ${hostPorts}`)
  }
  const known = (['tcp', 'udp', 'sctp'] as const).find((one) => one === protocol.toLowerCase())
  if (known === undefined) throw new UsageError(`invalid proto: ${protocol}`)
  return { ip, container, host, protocol: known }
}

function parseExpose(text: string): string[] {
  const { protocol, ports } = splitProtocol(text)
  const exposed =
    range(ports) ??
    refuse(
      `invalid range format for --expose: ${text}, error: strconv.ParseUint: parsing ${JSON.stringify(ports)}: invalid syntax`,
    )
  return Array.from(
    { length: exposed.last - exposed.first + 1 },
    (_, offset) => `${exposed.first + offset}/${protocol}`,
  )
}

function shortForm(text: string): string {
  const fields: Record<string, string> = { protocol: 'tcp', published: '', target: '' }
  for (const field of text.split(',')) {
    const [key, value] = cut(field, '=')
    if (key === '' || value === undefined)
      throw new UsageError(`invalid publish opts format (should be name=value but got '${field}')`)
    fields[key] = value
  }
  return `${fields['published']}:${fields['target']}/${fields['protocol']}`
}

function hostAddress(text: string): string {
  if (text.startsWith('[') && !text.endsWith(']'))
    throw new UsageError(`invalid IP address ${text}: address ${text}:: missing ']' in address`)
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  if (bare !== '' && !isAddress(bare)) throw new UsageError(`invalid IP address: ${bare}`)
  return bare
}

function splitProtocol(text: string): { protocol: string; ports: string } {
  const [ports, protocol] = cut(text, '/')
  return ports === '' ? { protocol: 'tcp', ports } : { protocol: protocol || 'tcp', ports }
}

function range(text: string): { first: number; last: number } | undefined {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  if (first === undefined) return undefined
  const ports = { first: Number(first), last: Number(last ?? first) }
  return ports.last > 65535 || ports.last < ports.first ? undefined : ports
}

function refuse(sentence: string): never {
  throw new UsageError(sentence)
}
