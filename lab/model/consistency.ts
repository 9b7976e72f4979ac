/** What no schema can say: names that must exist, things that exclude one another. */
import { isSameAddress } from '../../api/address/address.ts'
import { contains, networkAddress, overlaps, parseSubnet, withoutPrefix } from '../../api/address/subnet.ts'
import { ipv6MinimumMtu } from '../../api/trestle/links.ts'
import { nodesOf } from './check.ts'
import type { Node } from './node.ts'
import type { Finding } from '../yaml/problem.ts'
import type { Topology } from './topology.ts'

export function findInconsistencies(topology: Topology): Finding[] {
  return [
    ...networkFindings(topology),
    ...nodeFindings(topology),
    ...portFindings(topology),
    ...linkFindings(topology),
    ...taskFindings(topology),
  ]
}

function* networkFindings({ networks }: Topology): Generator<Finding> {
  const seen: [name: string, subnet: string][] = []
  for (const [name, { subnet, gateway }] of Object.entries(networks)) {
    const path = ['networks', name]
    if (subnet === undefined) {
      if (gateway !== undefined)
        yield { path: [...path, 'gateway'], sentence: `a gateway needs a subnet: give network ${name} one` }
      continue
    }
    const canonical = parseSubnet(subnet)
    if (canonical === undefined) {
      yield { path: [...path, 'subnet'], sentence: `${subnet} is not a subnet such as 10.1.0.0/24 or fd00:1::/64` }
      continue
    }
    if (!isSameAddress(withoutPrefix(subnet), networkAddress(canonical)))
      yield {
        path: [...path, 'subnet'],
        sentence: `${subnet} is an address, not a subnet: its subnet is ${canonical}`,
      }
    if (gateway !== undefined && !contains(subnet, gateway))
      yield { path: [...path, 'gateway'], sentence: `gateway ${gateway} is not in the subnet ${subnet}` }
    const other = seen.find(([, earlier]) => overlaps(earlier, subnet))
    if (other !== undefined)
      yield { path: [...path, 'subnet'], sentence: `subnet ${subnet} overlaps with ${other[1]} of network ${other[0]}` }
    seen.push([name, subnet])
  }
}

function* nodeFindings({ networks, nodes }: Topology): Generator<Finding> {
  const leases: { network: string; ip: string; node: string }[] = []
  for (const [name, node] of Object.entries(nodes)) {
    if (node.image === undefined) yield* bareNodeFindings(name, node)
    else if (node.ports.length > 0 && Object.keys(node.networks).length === 0) {
      yield {
        path: ['nodes', name, 'ports'],
        isKey: true,
        sentence: `${name} publishes ports but is on no network: connect it to one`,
      }
    }
    for (const [wanted, { ip }] of Object.entries(node.networks)) {
      const path = ['nodes', name, 'networks', wanted]
      const network = networks[wanted]
      if (network === undefined) {
        yield { path, isKey: true, sentence: unknown('network', wanted, networks) }
        continue
      }
      if (ip === undefined) continue
      const at = [...path, 'ip']
      if (network.subnet === undefined)
        yield { path: at, sentence: `a static address needs a subnet: give network ${wanted} one` }
      else if (!contains(network.subnet, ip))
        yield { path: at, sentence: `address ${ip} is not in ${network.subnet}, the subnet of network ${wanted}` }
      if (network.gateway !== undefined && isSameAddress(network.gateway, ip))
        yield { path: at, sentence: `address ${ip} is the gateway of network ${wanted}` }
      const holder = leases.find((lease) => lease.network === wanted && isSameAddress(lease.ip, ip))
      if (holder !== undefined) yield { path: at, sentence: `address ${ip} is already ${holder.node}'s` }
      leases.push({ network: wanted, ip, node: name })
    }
  }
}

function* bareNodeFindings(name: string, node: Node): Generator<Finding> {
  const path = (key: string) => ({ path: ['nodes', name, key], isKey: true })
  const why = 'give it an image, or leave this out'
  if (Object.keys(node.networks).length > 0)
    yield {
      ...path('networks'),
      sentence: `${name} is a bare namespace, which joins others by links only, not by networks: give it an image, or a link`,
    }
  if (node.command !== undefined)
    yield { ...path('command'), sentence: `${name} is a bare namespace, in which nothing runs by itself: ${why}` }
  if (node.ports.length > 0)
    yield { ...path('ports'), sentence: `${name} is a bare namespace, whose ports cannot be published: ${why}` }
  if (Object.keys(node.env).length > 0)
    yield { ...path('env'), sentence: `${name} is a bare namespace, which has no environment: ${why}` }
}

function* portFindings({ nodes }: Topology): Generator<Finding> {
  const taken: { node: string; address: string; key: string }[] = []
  for (const [name, { ports }] of Object.entries(nodes)) {
    for (const [at, { hostAddress, hostPort, protocol }] of ports.entries()) {
      const key = `${hostPort}/${protocol}`
      const holder = taken.find(
        (other) => other.key === key && (other.address === hostAddress || other.address === '' || hostAddress === ''),
      )
      if (holder !== undefined)
        yield {
          path: ['nodes', name, 'ports', at],
          sentence: `port ${key} of the host is already published by ${holder.node}`,
        }
      taken.push({ node: name, address: hostAddress, key })
    }
  }
}

function* linkFindings({ nodes, links }: Topology): Generator<Finding> {
  const taken = new Map<string, string>()
  for (const [name, node] of Object.entries(nodes)) {
    for (const [at, network] of Object.keys(node.networks).entries())
      taken.set(`${name}:eth${at}`, `its interface on network ${network}`)
  }
  for (const [at, { ends, mtu }] of links.entries()) {
    const isIpv6 = ends.some(({ addresses }) => addresses.some((address) => address.includes(':')))
    if (mtu !== undefined && mtu < ipv6MinimumMtu && isIpv6)
      yield {
        path: ['links', at, 'mtu'],
        sentence: `an MTU of ${mtu} is too small for IPv6, which needs at least ${ipv6MinimumMtu}`,
      }
    for (const [side, end] of ends.entries()) {
      const path = ['links', at, 'ends', side]
      const key = `${end.node}:${end.interface}`
      const holder = taken.get(key)
      if (nodes[end.node] === undefined) yield { path, sentence: unknown('node', end.node, nodes) }
      else if (end.interface === 'lo')
        yield { path, sentence: `lo of ${end.node} is its loopback: choose another name` }
      else if (holder === `links[${at}]`)
        yield { path, sentence: `both ends are ${key}: they need different names or nodes` }
      else if (holder !== undefined)
        yield { path, sentence: `${key} is already ${holder.startsWith('links') ? `an end of ${holder}` : holder}` }
      taken.set(key, `links[${at}]`)
    }
    const [near, far] = ends.map((end) => end.addresses.map((address) => address.split('/')[0]!))
    const shared = near!.find((address) => far!.some((other) => isSameAddress(other, address)))
    if (shared !== undefined)
      yield { path: ['links', at, 'ends', 1], sentence: `address ${shared} is on both ends of the link` }
  }
}

function* taskFindings({ nodes, tasks }: Topology): Generator<Finding> {
  const names = new Set<string>()
  for (const [at, { name, checks }] of tasks.entries()) {
    if (names.has(name)) yield { path: ['tasks', at, 'name'], sentence: `a task named "${name}" is there twice` }
    names.add(name)
    for (const [number, check] of checks.entries()) {
      for (const { key, node } of nodesOf(check)) {
        if (nodes[node] !== undefined) continue
        yield {
          path: ['tasks', at, 'checks', number, check.kind, key],
          sentence: unknown('node', node, nodes),
        }
      }
    }
  }
}

function unknown(noun: string, name: string, known: Record<string, unknown>): string {
  const names = Object.keys(known)
  return `there is no ${noun} "${name}"; the ${noun}s are: ${names.length === 0 ? 'none' : names.join(', ')}`
}
