import { existsSync, readFileSync } from 'node:fs'
import { withoutPrefix } from '../../../api/address/subnet.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { linkEntries, type HostsEntry } from './links.ts'

const hostFile = '/etc/hosts'

const common: HostsEntry[] = [
  { address: '127.0.0.1', names: ['localhost'] },
  { address: '::1', names: ['localhost', 'ip6-localhost', 'ip6-loopback'] },
  { address: 'fe00::0', names: ['ip6-localnet'] },
  { address: 'ff00::0', names: ['ip6-mcastprefix'] },
  { address: 'ff02::1', names: ['ip6-allnodes'] },
  { address: 'ff02::2', names: ['ip6-allrouters'] },
]

/** hosts(5), in the order dockerd has: what every host has, --add-host, links, the container itself on each network. */
export function hostsText(engine: Engine, sandbox: SandboxRecord): string {
  const extra = extraEntries(engine, sandbox)
  if (sandbox.namespace.kind === 'host')
    return `${existsSync(hostFile) ? readFileSync(hostFile, 'utf8') : lines(common)}${lines(extra)}`
  return lines([...common, ...extra, ...linkEntries(engine, sandbox), ...ownEntries(engine, sandbox)])
}

const lines = (entries: HostsEntry[]): string =>
  entries.map(({ address, names }) => `${address}\t${names.join(' ')}\n`).join('')

/** What stands for the address of the host is the default network's gateway. */
function extraEntries({ store }: Engine, { extraHosts }: SandboxRecord): HostsEntry[] {
  const gateway = store.networks.find(({ isPredefined, pools }) => isPredefined && pools.length > 0)?.pools[0]?.gateway
  return extraHosts.map(({ name, address }) => ({
    address: address === 'host-gateway' && gateway !== undefined ? gateway : address,
    names: [name],
  }))
}

/** The whole name and its first label, wherever the user put the domain: in either option, or in both. */
function ownEntries(engine: Engine, sandbox: SandboxRecord): HostsEntry[] {
  const { hostname, domainname } = sandbox
  const whole = domainname === '' ? hostname : `${hostname}.${domainname}`
  const names = [...new Set([whole, whole.split('.', 1)[0]!])]
  return activeEndpointsOf(engine, sandbox).flatMap(({ lease }) =>
    [lease.ipv4, lease.ipv6].flatMap((address) =>
      address === undefined ? [] : [{ address: withoutPrefix(address), names }],
    ),
  )
}
