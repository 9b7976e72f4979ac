import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoint-plans.ts'
import { hostResolver, isLoopback, resolverText, type Resolver } from './host-resolver.ts'
import { hasEmbeddedResolver } from './names.ts'

const embeddedResolver = '127.0.0.11'

/** resolv.conf(5): what the container asks for, else the daemon's configuration, else the host's; then fitted to its networks. */
export function resolvConfText(engine: Engine, container: ContainerRecord): string {
  const endpoints = activeEndpointsOf(engine, container)
  const wanted = wantedResolver(engine, container)
  if (container.hostConfig.NetworkMode === 'host') return resolverText(wanted)
  if (hasEmbeddedResolver(engine, container, endpoints)) {
    // A name without a dot is asked for as it is: the resolver knows those of the network (ndots:1 would try the search list first).
    const hasNdots = wanted.options.some((option) => option.startsWith('ndots:'))
    return resolverText({
      ...wanted,
      nameservers: [embeddedResolver],
      options: hasNdots ? wanted.options : [...wanted.options, 'ndots:0'],
    })
  }
  return resolverText({ ...wanted, nameservers: wanted.nameservers.filter((address) => !isLoopback(address)) })
}

function wantedResolver({ config }: Engine, { hostConfig }: ContainerRecord): Resolver {
  const host = hostResolver()
  const chosen = (own: string[] | null | undefined, daemon: string[], otherwise: string[]): string[] =>
    own?.length ? own : daemon.length > 0 ? daemon : otherwise
  const search = chosen(hostConfig.DnsSearch, config.dnsSearch, host.search)
  return {
    nameservers: chosen(hostConfig.Dns, config.dns, host.nameservers),
    // `--dns-search .` is for none at all.
    search: search.length === 1 && search[0] === '.' ? [] : search,
    options: chosen(hostConfig.DnsOptions, config.dnsOptions, host.options),
  }
}
