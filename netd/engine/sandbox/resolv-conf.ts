import { resolverAddress } from '../../dataplane/protocol.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { hostNameservers, hostResolver, resolverText, type Resolver } from '../host-resolver.ts'
import { givenNameservers, hasEmbeddedResolver, hasIpv6 } from './names.ts'

/** resolv.conf(5): what the container asks for, else the daemon's configuration, else the host's; then fitted to its networks. */
export function resolvConfText(engine: Engine, sandbox: SandboxRecord): string {
  const endpoints = activeEndpointsOf(engine, sandbox)
  const wanted = wantedResolver(engine, sandbox)
  if (sandbox.namespace.kind === 'host') return resolverText(wanted)
  if (hasEmbeddedResolver(engine, sandbox, endpoints)) {
    // A name without a dot is asked for as it is: the resolver knows those of the network (ndots:1 would try the search list first).
    const hasNdots = wanted.options.some((option) => option.startsWith('ndots:'))
    return resolverText({
      ...wanted,
      nameservers: [resolverAddress],
      options: hasNdots ? wanted.options : [...wanted.options, 'ndots:0'],
    })
  }
  const isGiven = givenNameservers(engine, sandbox).length > 0
  return resolverText(isGiven ? wanted : { ...wanted, nameservers: hostNameservers({ hasIpv6: hasIpv6(endpoints) }) })
}

function wantedResolver(engine: Engine, sandbox: SandboxRecord): Resolver {
  const [{ config }, { resolver }, host] = [engine, sandbox, hostResolver()]
  const given = givenNameservers(engine, sandbox)
  const chosen = (own: string[], daemon: string[], otherwise: string[]): string[] =>
    own.length > 0 ? own : daemon.length > 0 ? daemon : otherwise
  const search = chosen(resolver.search, config.dnsSearch, host.search)
  return {
    nameservers: given.length > 0 ? given : host.nameservers,
    // `--dns-search .` is for none at all.
    search: search.length === 1 && search[0] === '.' ? [] : search,
    options: chosen(resolver.options, config.dnsOptions, host.options),
  }
}
