/**
 * How the host itself resolves names: resolv.conf(5), read anew each time, since DHCP and VPNs change it. Synchronously: it
 * is a small local file, and the four trips to the thread pool of an asynchronous read take ten times as long.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { familyOf } from '../../api/address/family.ts'

const hostFile = '/etc/resolv.conf'
/** Where systemd-resolved keeps the servers that its stub at 127.0.0.53 asks. */
const resolvedFile = '/run/systemd/resolve/resolv.conf'
const resolvedStub = '127.0.0.53'

export interface Resolver {
  nameservers: string[]
  search: string[]
  options: string[]
}

export function hostResolver(): Resolver {
  const resolver = parseResolver(read(hostFile))
  const isStub = resolver.nameservers.length === 1 && resolver.nameservers[0] === resolvedStub
  return isStub ? parseResolver(read(resolvedFile) || `nameserver ${resolvedStub}`) : resolver
}

/** Those that a container behind the host reaches by itself: not the host's loopback, nor by a link that only the host has. */
export function hostNameservers({ hasIpv6 }: { hasIpv6: boolean }): string[] {
  return hostResolver().nameservers.filter((address) =>
    familyOf(address) === 'ipv4' ? !address.startsWith('127.') : hasIpv6 && address !== '::1' && !address.includes('%'),
  )
}

export function parseResolver(text: string): Resolver {
  const resolver: Resolver = { nameservers: [], search: [], options: [] }
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver') resolver.nameservers.push(...words.slice(0, 1).filter((word) => isIP(word) !== 0))
    // The last of several counts, and `domain` is the older word for a search list of one.
    else if (keyword === 'search' || keyword === 'domain') resolver.search = words
    else if (keyword === 'options') resolver.options.push(...words)
  }
  return resolver
}

/** In the order that dockerd writes them. */
export function resolverText({ nameservers, search, options }: Resolver): string {
  return [
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
    '',
  ].join('\n')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
