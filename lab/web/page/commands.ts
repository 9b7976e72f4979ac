/** The `ip` lines that would make or change a thing by hand (ip-link(8), ip-address(8)). */
import type { GraphNamespace } from '../../../api/trestle/graph.ts'
import type { GraphIndex, Place } from './graph-index.ts'

/** A shell word, quoted where it must be. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** `ip -n` takes only names under /run/netns; a container's namespace has none, but a path, which `definitions` names. */
function ip({ kind, name }: GraphNamespace): string {
  if (kind === 'host') return 'ip'
  return kind === 'namespace' ? `ip -n ${word(name)}` : `nsenter --net=$${variable(name)} ip`
}

/** As `ip link … netns` takes it: a name, or a path. */
const netns = ({ kind, name }: GraphNamespace): string =>
  kind === 'host' ? '/proc/1/ns/net' : kind === 'namespace' ? word(name) : `$${variable(name)}`

const variable = (name: string): string => `ns_${name.replaceAll(/[^A-Za-z0-9]/g, '_')}`

/** Shell variables for the containers' namespaces that these lines enter. */
function definitions(lines: string[], namespaces: GraphNamespace[]): string[] {
  const used = namespaces.filter(
    ({ kind, name }) => kind === 'container' && lines.some((line) => line.includes(`$${variable(name)}`)),
  )
  return [...new Set(used.map(({ name, path }) => `${variable(name)}=${word(path)}`))]
}

function add({ interfaces }: GraphIndex, place: Place): string | undefined {
  const { namespace, interface: one } = place
  const name = word(one.name)
  const peer = one.peer === undefined ? undefined : interfaces.get(one.peer)
  const parent = one.parent === undefined ? undefined : interfaces.get(one.parent)
  switch (one.kind) {
    case 'veth': {
      if (peer === undefined) return undefined
      // From the host into the other, as one would; the peer is born where it lives.
      const [near, far] = peer.namespace.kind === 'host' ? [peer, place] : [place, peer]
      const elsewhere = far.namespace.id === near.namespace.id ? '' : ` netns ${netns(far.namespace)}`
      return `${ip(near.namespace)} link add ${word(near.interface.name)} type veth peer name ${word(far.interface.name)}${elsewhere}`
    }
    case 'macvlan': {
      if (parent === undefined) return undefined
      // A macvlan is made where its parent is, and born where it lives.
      const elsewhere = parent.namespace.id === namespace.id ? '' : ` netns ${netns(namespace)}`
      return `${ip(parent.namespace)} link add link ${word(parent.interface.name)} name ${name}${elsewhere} type macvlan mode bridge`
    }
    case 'bridge':
      return `${ip(namespace)} link add ${name} type bridge`
    default:
      return undefined
  }
}

/** What a link that has just been made still lacks. */
function settings({ interfaces }: GraphIndex, { namespace, interface: one }: Place): string[] {
  const [tool, name] = [ip(namespace), word(one.name)]
  const master = one.master === undefined ? undefined : interfaces.get(one.master)
  return [
    ...(master === undefined ? [] : [`${tool} link set ${name} master ${word(master.interface.name)}`]),
    ...one.addresses
      .filter(({ scope }) => scope === 'global')
      .map(({ address }) => `${tool} address add ${address} dev ${name}`),
    ...(one.isUp ? [`${tool} link set ${name} up`] : []),
  ]
}

export interface Commands {
  /** From nothing to what it is now, both ends of a pair; empty for what nobody makes (loopback, a physical device). */
  make: string[]
  change: string[]
}

export function commandsFor(index: GraphIndex, place: Place): Commands {
  const { namespace, interface: one } = place
  const [tool, name] = [ip(namespace), word(one.name)]
  const made = add(index, place)
  const peer = one.peer === undefined ? undefined : index.interfaces.get(one.peer)
  const make =
    made === undefined ? [] : [made, ...settings(index, place), ...(peer === undefined ? [] : settings(index, peer))]
  const change = [
    `${tool} link set ${name} ${one.isUp ? 'down' : 'up'}`,
    `${tool} link set ${name} mtu ${one.mtu}`,
    ...(one.kind === 'loopback'
      ? []
      : [
          one.master === undefined
            ? `${tool} address add ADDRESS/PREFIX dev ${name}`
            : `${tool} link set ${name} nomaster`,
        ]),
    ...(made === undefined ? [] : [`${tool} link delete ${name}`]),
  ]
  const defined = (lines: string[]): string[] => [...definitions(lines, index.graph.namespaces), ...lines]
  return { make: defined(make), change: defined(change) }
}
