/** What is drawn: boxes with items, and lines between items. Pure; where things lie is layout.ts, how they look style.ts. */
import type { GraphInterface, GraphNamespace } from '../../../../api/trestle/graph.ts'
import { mainAddresses, portText, type GraphIndex, type Place } from '../graph-index.ts'
import { statusOf, statusSign, statusText, type Status } from '../status.ts'

export interface Item {
  /** Id of the interface, or `port:…`. */
  id: string
  kind: 'interface' | 'bridge' | 'port'
  lines: string[]
  status: Status
  /** What a click on it selects. */
  selects: string
}

export interface Box {
  /** Id of the namespace. */
  id: string
  kind: GraphNamespace['kind']
  title: string
  subtitle: string
  items: Item[]
}

export interface Line {
  id: string
  kind: 'veth' | 'rides' | 'port'
  from: string
  to: string
  /** Interface names where the interface itself is not drawn at that end. */
  fromLabel: string
  toLabel: string
  status: Status
  /** Ids of the interfaces it belongs to. The first is what a click on it selects. */
  interfaces: string[]
}

export interface PictureModel {
  boxes: Box[]
  lines: Line[]
}

const marked = (name: string, status: Status): string =>
  status === 'up' ? name : `${name}  ${statusSign[status]} ${statusText[status]}`

/** A veth that is a port of a bridge is drawn as the end of a line at that bridge; without a known other end it is left to the tables. */
function isBridgePort({ interfaces }: GraphIndex, one: GraphInterface): boolean {
  return one.kind === 'veth' && one.master !== undefined && interfaces.get(one.master)?.interface.kind === 'bridge'
}

function bridgeItem({ networkOfBridge }: GraphIndex, bridge: GraphInterface): Item {
  const network = networkOfBridge.get(bridge.id)
  const status = statusOf(bridge)
  const details = [
    ...(network === undefined || network.name === bridge.name ? [] : [bridge.name]),
    ...mainAddresses(bridge),
  ]
  const lines = [
    marked(network?.name ?? bridge.name, status),
    details.join(' · '),
    ...(network?.isInternal ? ['internal'] : []),
  ]
  return { id: bridge.id, kind: 'bridge', lines: lines.filter((line) => line !== ''), status, selects: bridge.id }
}

function interfaceItem(one: GraphInterface): Item {
  const status = statusOf(one)
  const kind = one.kind === 'veth' || one.kind === 'loopback' ? '' : ` · ${one.kind}`
  return {
    id: one.id,
    kind: 'interface',
    lines: [`${marked(one.name, status)}${kind}`, ...mainAddresses(one)],
    status,
    selects: one.id,
  }
}

function subtitle({ kind, lab, isForwarding, sharedBy }: GraphNamespace): string {
  const parts = [kind === 'host' ? 'network namespace' : kind === 'namespace' ? 'bare namespace' : 'container']
  if (lab !== undefined) parts.push(`lab ${lab}`)
  if (isForwarding) parts.push('forwards')
  return [parts.join(' · '), ...(sharedBy.length === 0 ? [] : [`shared by ${sharedBy.join(', ')}`])].join('\n')
}

function box(index: GraphIndex, namespace: GraphNamespace): Box {
  const drawn = namespace.interfaces.filter((one) => !isBridgePort(index, one))
  // Bridges last: they come and grow while the picture lives, and what is above them stays where it is.
  const [bridges, others] = [
    drawn.filter(({ kind }) => kind === 'bridge'),
    drawn.filter(({ kind }) => kind !== 'bridge'),
  ]
  const ordered = [
    ...others.filter(({ kind }) => kind !== 'loopback'),
    ...others.filter(({ kind }) => kind === 'loopback'),
  ]
  const ports = (index.portsOf.get(namespace.id) ?? []).map((port): Item => {
    const text = portText(port)
    return { id: `port:${namespace.id}:${text}`, kind: 'port', lines: [text], status: 'up', selects: namespace.id }
  })
  return {
    id: namespace.id,
    kind: namespace.kind,
    title: namespace.name,
    subtitle: subtitle(namespace),
    items: [...ordered.map(interfaceItem), ...bridges.map((one) => bridgeItem(index, one)), ...ports],
  }
}

/** A pair passes traffic when both ends are up; its state is that of its worse end. */
function worse(a: Status, b: Status): Status {
  return a === 'down' || b === 'down' ? 'down' : a === 'no-carrier' || b === 'no-carrier' ? 'no-carrier' : 'up'
}

function vethLine(index: GraphIndex, near: Place, far: Place): Line {
  const end = ({ interface: one }: Place) =>
    isBridgePort(index, one) ? { id: one.master!, label: one.name } : { id: one.id, label: '' }
  // Lines run from a namespace to the bridge, whichever end is met first.
  const [from, to] =
    isBridgePort(index, near.interface) && !isBridgePort(index, far.interface) ? [far, near] : [near, far]
  return {
    id: `veth:${[near.interface.id, far.interface.id].toSorted().join('~')}`,
    kind: 'veth',
    from: end(from).id,
    to: end(to).id,
    fromLabel: end(from).label,
    toLabel: end(to).label,
    status: worse(statusOf(near.interface), statusOf(far.interface)),
    interfaces: [from.interface.id, to.interface.id],
  }
}

function linesOf(index: GraphIndex, place: Place): Line[] {
  const { interface: one } = place
  const found: Line[] = []
  const peer = one.peer === undefined ? undefined : index.interfaces.get(one.peer)
  // Each pair once.
  if (peer !== undefined && one.id < peer.interface.id) found.push(vethLine(index, place, peer))
  const plain = (kind: Line['kind'], to: string): Line => ({
    id: `${kind}:${one.id}`,
    kind,
    from: one.id,
    to,
    fromLabel: '',
    toLabel: '',
    status: statusOf(one),
    interfaces: [one.id],
  })
  if (one.parent !== undefined && index.interfaces.has(one.parent)) found.push(plain('rides', one.parent))
  if (one.master !== undefined && !isBridgePort(index, one) && index.interfaces.has(one.master))
    found.push(plain('port', one.master))
  return found
}

export function modelPicture(index: GraphIndex): PictureModel {
  return {
    boxes: index.graph.namespaces.map((namespace) => box(index, namespace)),
    lines: [...index.interfaces.values()].flatMap((place) => linesOf(index, place)),
  }
}
