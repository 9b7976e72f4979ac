/** The `ip` lines that would make or change a thing by hand (ip-link(8), ip-address(8)). */
import type { GraphNamespace } from '../../../api/trestle/graph.ts'
import type { GraphIndex, Place } from './graph-index.ts'

/** A shell word, quoted where it must be. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** `ip -n` takes only names under /run/netns; a container's namespace has none, but a path. */
function ip({ kind, name, path }: GraphNamespace): string {
  if (kind === 'host') return 'ip'
  return kind === 'namespace' ? `ip -n ${word(name)}` : `nsenter --net=${word(path)} ip`
}

/** As `ip link … netns` takes it: a name, or a path. */
const netns = ({ kind, name, path }: GraphNamespace): string => word(kind === 'namespace' ? name : kind === 'host' ? '/proc/1/ns/net' : path)

function add({ interfaces }: GraphIndex, { namespace, interface: one }: Place): string | undefined {
  const name = word(one.name)
  const peer = one.peer === undefined ? undefined : interfaces.get(one.peer)
  const parent = one.parent === undefined ? undefined : interfaces.get(one.parent)
  switch (one.kind) {
    case 'veth': {
      if (peer === undefined) return undefined
      const elsewhere = peer.namespace.id === namespace.id ? '' : ` netns ${netns(peer.namespace)}`
      return `${ip(namespace)} link add ${name} type veth peer name ${word(peer.interface.name)}${elsewhere}`
    }
    case 'macvlan': {
      if (parent === undefined) return undefined
      // A macvlan is made where its parent is, and born where it lives.
      const elsewhere = parent.namespace.id === namespace.id ? '' : ` netns ${netns(namespace)}`
      return `${ip(parent.namespace)} link add link ${word(parent.interface.name)} ${elsewhere === '' ? '' : `${elsewhere.trim()} `}name ${name} type macvlan mode bridge`
    }
    case 'bridge':
      return `${ip(namespace)} link add ${name} type bridge`
    default:
      return undefined
  }
}

export interface Commands {
  /** From nothing to what it is now; empty for what nobody makes (loopback, a physical device). */
  make: string[]
  change: string[]
}

export function commandsFor(index: GraphIndex, place: Place): Commands {
  const { namespace, interface: one } = place
  const [tool, name] = [ip(namespace), word(one.name)]
  const made = add(index, place)
  const master = one.master === undefined ? undefined : index.interfaces.get(one.master)
  const settings = [
    ...(master === undefined ? [] : [`${tool} link set ${name} master ${word(master.interface.name)}`]),
    ...one.addresses.filter(({ scope }) => scope === 'global').map(({ address }) => `${tool} address add ${address} dev ${name}`),
    ...(one.isUp ? [`${tool} link set ${name} up`] : []),
  ]
  return {
    make: made === undefined ? [] : [made, ...settings],
    change: [
      `${tool} link set ${name} ${one.isUp ? 'down' : 'up'}`,
      `${tool} link set ${name} mtu ${one.mtu}`,
      ...(one.kind === 'loopback' ? [] : [master === undefined ? `${tool} address add CIDR dev ${name}` : `${tool} link set ${name} nomaster`]),
      ...(made === undefined ? [] : [`${tool} link delete ${name}`]),
    ],
  }
}
