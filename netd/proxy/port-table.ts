/** Who holds which port of the host: chosen and bound for a container all at once, or not at all. */
import { readFile } from 'node:fs/promises'
import { getSystemErrorMessage } from 'node:util'
import { familyOf, isWildcard } from '../../api/address/family.ts'
import type { PublishedPort } from '../store/records.ts'
import { bindPort, destinationOf, type Forwarding } from './forwarding.ts'
import type { ForwardTarget, Holding, PortRequest } from './protocol.ts'

interface Bound {
  port: PublishedPort
  forwarding: Forwarding
}

type Protocol = PublishedPort['protocol']

export class PortTable {
  readonly #holdings = new Map<string, { target: ForwardTarget; bound: Bound[] }>()
  /** The ephemeral port given last, so that one just released is not given again at once. */
  readonly #lastEphemeral = new Map<Protocol, number>()

  get isEmpty(): boolean {
    return this.#holdings.size === 0
  }

  list(): Holding[] {
    return [...this.#holdings].map(([containerId, { target, bound }]) => ({
      containerId,
      target,
      ports: bound.map(({ port }) => port),
    }))
  }

  /** What the container holds already stays, now for this target. Throws dockerd's sentence. */
  async publish(containerId: string, requests: PortRequest[], target: ForwardTarget): Promise<PublishedPort[]> {
    const before = this.#holdings.get(containerId)?.bound ?? []
    const result: Bound[] = []
    const fresh: Bound[] = []
    const taken = new TakenPorts([...this.#holdings.values()].flatMap(({ bound }) => bound))
    try {
      for (const group of groupByFamilyTwin(requests)) {
        const kept = group.map((request) => before.find(({ port }) => isSame(port, request)))
        if (kept.every((bound) => bound !== undefined)) {
          result.push(...kept)
          continue
        }
        const bound = await this.#bindGroup(group, target, taken)
        for (const { port } of bound) taken.add(port)
        fresh.push(...bound)
        result.push(...bound)
      }
    } catch (error) {
      await Promise.all(fresh.map(({ forwarding }) => forwarding.close()))
      throw error
    }
    for (const { port, forwarding } of result) forwarding.retarget(destinationOf(port, target))
    this.#holdings.set(containerId, { target, bound: [...new Set([...before, ...result])] })
    return result.map(({ port }) => port)
  }

  async release(containerId: string): Promise<void> {
    const holding = this.#holdings.get(containerId)
    this.#holdings.delete(containerId)
    await Promise.all((holding?.bound ?? []).map(({ forwarding }) => forwarding.close()))
  }

  /** One number that is free on every address of the group. */
  async #bindGroup(group: PortRequest[], target: ForwardTarget, held: TakenPorts): Promise<Bound[]> {
    const [{ hostPort, hostPortEnd = hostPort, protocol }] = group as [PortRequest]
    const isFixed = hostPort !== 0 && hostPortEnd === hostPort
    for (const number of hostPort === 0 ? await this.#ephemeral(protocol) : span(hostPort, hostPortEnd)) {
      const ports = group.map((request): PublishedPort => ({
        hostAddress: request.hostAddress,
        hostPort: number,
        containerPort: request.containerPort,
        protocol,
      }))
      const taken = ports.find((port) => held.has(port))
      if (taken !== undefined) {
        if (isFixed) throw new Error(`Bind for ${taken.hostAddress}:${number} failed: port is already allocated`)
        continue
      }
      const bound = await bindAll(ports, target, isFixed)
      if (bound === undefined) continue
      if (hostPort === 0) this.#lastEphemeral.set(protocol, number)
      return bound
    }
    throw new Error('all ports are allocated')
  }

  /** Every port of the kernel's own ephemeral range once, from the one after the last given. */
  async #ephemeral(protocol: Protocol): Promise<number[]> {
    const [first = 32_768, last = 60_999] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'))
      .trim()
      .split(/\s+/)
      .map(Number)
    const next = (this.#lastEphemeral.get(protocol) ?? last) + 1
    return next > last || next < first ? span(first, last) : [...span(next, last), ...span(first, next - 1)]
  }
}

/** What we hold, by number: asked once for every port of every request. */
class TakenPorts {
  readonly #byNumber = new Map<string, PublishedPort[]>()

  constructor(bound: Bound[]) {
    for (const { port } of bound) this.add(port)
  }

  add(port: PublishedPort): void {
    const key = `${port.protocol} ${port.hostPort}`
    const ports = this.#byNumber.get(key)
    if (ports === undefined) this.#byNumber.set(key, [port])
    else ports.push(port)
  }

  /** On the same address; what overlaps otherwise (a wildcard and an address) the kernel refuses, except for SCTP. */
  has(wanted: PublishedPort): boolean {
    return (this.#byNumber.get(`${wanted.protocol} ${wanted.hostPort}`) ?? []).some(
      (port) =>
        port.hostAddress === wanted.hostAddress ||
        (wanted.protocol === 'sctp' &&
          [port, wanted].some(({ hostAddress }) => isWildcard(hostAddress)) &&
          familyOf(port.hostAddress) === familyOf(wanted.hostAddress)),
    )
  }
}

/** Undefined when somebody else has the port and another one will do. */
async function bindAll(ports: PublishedPort[], target: ForwardTarget, isFixed: boolean): Promise<Bound[] | undefined> {
  const bound: Bound[] = []
  for (const port of ports) {
    try {
      bound.push({ port, forwarding: await bindPort(port, target) })
    } catch (error) {
      const { code, errno } = error as NodeJS.ErrnoException
      if (port.hostAddress === '::' && bound.length > 0 && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'))
        continue
      await Promise.all(bound.map(({ forwarding }) => forwarding.close()))
      if (code === 'EADDRINUSE' && !isFixed) return undefined
      if (code === undefined || errno === undefined) throw error
      throw new Error(`Error starting userland proxy: listen ${describe(port)}: bind: ${reason(code, errno)}`, {
        cause: error,
      })
    }
  }
  return bound
}

/** `tcp4 0.0.0.0:80`, `udp6 [::]:53`: as Go's net package words it. */
function describe({ protocol, hostAddress, hostPort }: PublishedPort): string {
  return hostAddress.includes(':')
    ? `${protocol}6 [${hostAddress}]:${hostPort}`
    : `${protocol}4 ${hostAddress}:${hostPort}`
}

/** strerror(3); libuv words this one differently. */
function reason(code: string, errno: number): string {
  return code === 'EADDRNOTAVAIL' ? 'cannot assign requested address' : getSystemErrorMessage(errno)
}

/** A port without an address stands for both families and gets one number on both: `0.0.0.0` and `::` of the same request belong together. */
function groupByFamilyTwin(requests: PortRequest[]): PortRequest[][] {
  const groups: PortRequest[][] = []
  for (const request of requests) {
    const twin = groups.find((group) => group.length === 1 && isTwin(group[0]!, request))
    if (twin === undefined) groups.push([request])
    else twin.push(request)
  }
  return groups
}

function isTwin(one: PortRequest, other: PortRequest): boolean {
  return (
    isWildcard(one.hostAddress) &&
    isWildcard(other.hostAddress) &&
    one.hostAddress !== other.hostAddress &&
    one.hostPort === other.hostPort &&
    one.hostPortEnd === other.hostPortEnd &&
    one.containerPort === other.containerPort &&
    one.protocol === other.protocol
  )
}

function isSame(port: PublishedPort, request: PortRequest): boolean {
  return (
    port.hostAddress === request.hostAddress &&
    port.hostPort === request.hostPort &&
    port.containerPort === request.containerPort &&
    port.protocol === request.protocol
  )
}

function span(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
}
