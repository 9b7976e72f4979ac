/** From intents to set and map elements: pure. */
import { canonicalAddress } from '../../api/address/address.ts'
import { familyOf, isLoopback, isWildcard } from '../../api/address/family.ts'
import { bounds } from '../../api/address/subnet.ts'
import type { NftElement, NftValue } from '../kernel/nft.ts'
import { portsOf } from '../store/port-rows.ts'
import type { PublishedPort } from '../store/records.ts'
import type { BridgeIntent, PublishIntent } from './firewall.ts'
import type { SetName } from './skeleton.ts'

/** In the order of `sets`, so that the same intents always give the same steps. */
export type Elements = Partial<Record<SetName, NftElement[]>>

/** From this many ports in a row on, one element of an interval map is cheaper than one each of a hash map. */
const shortestRange = 4

export function bridgeElements({
  bridge,
  ipv4Subnets,
  ipv6Subnets,
  isInternal,
  isMasquerade,
  modes = { ipv4: 'nat', ipv6: 'nat' },
  trustedInterfaces = [],
  isIsolating = false,
  source = {},
}: BridgeIntent): Elements {
  const ifname = { ifname: bridge }
  const elements: Elements = { bridges: [{ key: [ifname] }], same_bridge: [{ key: [ifname, ifname] }] }
  if (isInternal) elements.internal_bridges = [{ key: [ifname] }]
  if (isIsolating) elements.isolating_bridges = [{ key: [ifname] }]
  if (trustedInterfaces.length > 0)
    elements.trusted = trustedInterfaces.map((name) => ({ key: [{ ifname: name }, ifname] }))
  const subnets = {
    ipv4: ipv4Subnets.map(bounds).map((pair) => pair.map((ipv4): NftValue => ({ ipv4 })) as [NftValue, NftValue]),
    ipv6: ipv6Subnets.map(bounds).map((pair) => pair.map((ipv6): NftValue => ({ ipv6 })) as [NftValue, NftValue]),
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    if (subnets[family].length === 0) continue
    elements[`local_${family}`] = subnets[family].map(([first, last]) => ({
      key: [ifname, first],
      keyEnd: [ifname, last],
    }))
    if (isInternal) continue
    const mode = modes[family]
    if (mode === 'nat-unprotected') elements[`open_${family}`] = [{ key: [ifname] }]
    if (mode === 'routed') elements[`routed_${family}`] = [{ key: [ifname] }]
    if (!isMasquerade || mode === 'routed') continue
    const address = source[family]
    const data = address === undefined ? {} : { data: [{ [family]: address } as NftValue] }
    elements[`${address === undefined ? 'masquerade' : 'snat'}_${family}`] = subnets[family].map(([first, last]) => ({
      key: [first],
      keyEnd: [last],
      ...data,
    }))
  }
  return elements
}

/** Ports on a family the container does not have are left to the proxy. */
export function publishElements(intent: PublishIntent): Elements {
  const { ports, ipv4, ipv6 } = intent
  const elements = directElements(intent)
  const add = (set: SetName, element: NftElement): void => void (elements[set] ??= []).push(element)
  for (const { first, last, hostAddress, protocol, containerPort } of portRanges(
    ports.filter(({ hostPort }) => hostPort !== 0),
  )) {
    const family = familyOf(hostAddress)
    const target = family === 'ipv6' ? ipv6 : ipv4
    if (target === undefined) continue
    const address = (text: string): NftValue => (family === 'ipv6' ? { ipv6: canonicalAddress(text) } : { ipv4: text })
    const isAnyAddress = isWildcard(hostAddress)
    if (last > first) {
      const [lowest, highest] = isAnyAddress ? everything[family] : [hostAddress, hostAddress]
      const key = (host: string, port: number): NftValue[] => [address(host), { protocol }, { port }]
      add(`publish_range_${family}`, { key: key(lowest, first), keyEnd: key(highest, last), data: [address(target)] })
    } else {
      const data = [address(target), { port: containerPort }]
      if (isAnyAddress) add(`publish_${family}`, { key: [{ protocol }, { port: first }], data })
      else add(`publish_address_${family}`, { key: [address(hostAddress), { protocol }, { port: first }], data })
    }
  }
  return elements
}

/** Once each, however many host ports lead there. */
function directElements({ ports, isDirect = false, ...target }: PublishIntent): Elements {
  const elements: Elements = {}
  const seen = new Set<string>()
  for (const { hostAddress, hostPort, protocol, containerPort } of portsOf(ports)) {
    const family = familyOf(hostAddress)
    const key = `${family} ${protocol} ${containerPort}`
    const address = target[family]
    // What is published to the host alone is for nobody outside.
    if (address === undefined || (hostPort !== 0 && !isDirect) || isLoopback(hostAddress) || seen.has(key)) continue
    seen.add(key)
    ;(elements[`direct_${family}`] ??= []).push({
      key: [{ [family]: canonicalAddress(address) } as NftValue, { protocol }, { port: containerPort }],
    })
  }
  return elements
}

const everything = {
  ipv4: ['0.0.0.0', '255.255.255.255'],
  ipv6: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
} as const

interface PortRange extends Pick<PublishedPort, 'hostAddress' | 'protocol' | 'containerPort'> {
  first: number
  last: number
}

/** Runs of ports with the same number outside and inside, where they are long enough; all others one by one. */
export function portRanges(ports: PublishedPort[]): PortRange[] {
  const ranges: PortRange[] = []
  const bySocket = Map.groupBy(ports, ({ hostAddress, protocol }) => `${hostAddress} ${protocol}`)
  for (const group of bySocket.values()) {
    let run: PortRange | undefined
    const flush = (): void => {
      if (run === undefined) return
      const { hostAddress, protocol, containerPort, first, last } = run
      const isSameInside = first === containerPort
      if (isSameInside && last - first + 1 >= shortestRange) ranges.push(run)
      else
        for (let port = first; port <= last; port++)
          ranges.push({ hostAddress, protocol, containerPort: containerPort + port - first, first: port, last: port })
      run = undefined
    }
    for (const port of group.toSorted((one, other) => one.hostPort - other.hostPort)) {
      const { hostAddress, protocol, hostPort, containerPort, count = 1 } = port
      const continues = run !== undefined && run.containerPort === run.first && hostPort === run.last + 1
      if (!continues || hostPort !== containerPort) flush()
      if (run === undefined) run = { hostAddress, protocol, containerPort, first: hostPort, last: hostPort + count - 1 }
      else run.last = hostPort + count - 1
    }
    flush()
  }
  return ranges
}
