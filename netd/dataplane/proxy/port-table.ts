/** Who holds which port of the host: chosen and bound for a container all at once, or not at all. */
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { GuardLog } from '../../guard.ts'
import { without } from '../../store/port-rows.ts'
import type { PublishedPort } from '../../store/records.ts'
import type { ForwardTarget, Holding, PortRequest } from '../protocol.ts'
import { bindAll, closeAll, refusal, sentence, type Bound } from './bind-ports.ts'
import { bindPort } from './bind-port.ts'
import { destinationOf } from './forwarding.ts'
import { hostPorts } from './host-ports.ts'
import { groupByFamilyTwin, isSame } from './port-groups.ts'
import { TakenPorts } from './taken-ports.ts'

type Protocol = PublishedPort['protocol']

const retryMs = 1_000

export class PortTable {
  readonly #log: GuardLog
  readonly #holdings = new Map<string, { target: ForwardTarget; bound: Bound[] }>()
  /** The ephemeral port given last, so that one just released is not given again at once. */
  readonly #lastEphemeral = new Map<Protocol, number>()

  #retry: NodeJS.Timeout | undefined

  constructor(log: GuardLog) {
    this.#log = log
  }

  get isEmpty(): boolean {
    return this.#holdings.size === 0
  }

  /** What the container holds already, if only by number, stays, now for this target. Throws dockerd's sentence. */
  async publish(containerId: string, requests: PortRequest[], target: ForwardTarget): Promise<PublishedPort[]> {
    const held = this.#holdings.get(containerId)?.bound ?? []
    const result: Bound[] = []
    const fresh: Bound[] = []
    const taken = new TakenPorts([...this.#holdings.values()].flatMap(({ bound }) => bound.map(({ port }) => port)))
    try {
      for (const group of groupByFamilyTwin(requests)) {
        const kept = group.map((request) => held.find(({ port }) => isSame(port, request)))
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
      await closeAll(fresh)
      throw error
    }
    retarget(result, target)
    this.#holdings.set(containerId, { target, bound: [...new Set([...held, ...result])] })
    return result.map(({ port }) => port)
  }

  /** @param ports some of them, or parts of rows; all when absent. */
  async release(containerId: string, ports?: PublishedPort[]): Promise<null> {
    const holding = this.#holdings.get(containerId)
    if (holding === undefined) return null
    const held = holding.bound
    holding.bound = ports === undefined ? [] : held.flatMap((bound) => left(bound, ports))
    if (holding.bound.length === 0) this.#holdings.delete(containerId)
    await closeAll(held.filter((bound) => !holding.bound.includes(bound)))
    return null
  }

  /** Holds exactly this from now on. A port that cannot be bound is kept by number, and tried again until it can. */
  async sync(wanted: ({ containerId: string } & Holding)[]): Promise<string[]> {
    const ids = new Set(wanted.map(({ containerId }) => containerId))
    for (const id of this.#holdings.keys()) if (!ids.has(id)) await this.release(id)
    for (const { containerId, ports, target } of wanted) {
      const before = this.#holdings.get(containerId)?.bound ?? []
      const bound = ports.map((port): Bound => before.find((held) => isSame(held.port, port)) ?? { port })
      this.#holdings.set(containerId, { target, bound })
      retarget(bound, target)
      await closeAll(before.filter((held) => !bound.includes(held)))
    }
    return this.#bindMissing()
  }

  /** Lets go of every port; resolves when nobody is served any more. */
  async drain(): Promise<void> {
    const bound = [...this.#holdings.values()].flatMap((holding) => holding.bound)
    this.#holdings.clear()
    clearTimeout(this.#retry)
    await Promise.all(bound.flatMap(({ forwarding }) => (forwarding === undefined ? [] : [forwarding.drain()])))
  }

  async #bindMissing(): Promise<string[]> {
    clearTimeout(this.#retry)
    const failures: string[] = []
    for (const [containerId, { bound, target }] of this.#holdings) {
      for (const held of bound) {
        if (held.forwarding !== undefined || held.port.count !== undefined) continue
        try {
          const forwarding = await bindPort(held.port, target, this.#log)
          // Let go of, or bound by another call, meanwhile.
          if (held.forwarding !== undefined || this.#holdings.get(containerId)?.bound.includes(held) !== true)
            await forwarding.close()
          else held.forwarding = forwarding
        } catch (error) {
          failures.push(`container ${containerId.slice(0, 12)}: ${sentence(held.port, error as Error)}`)
        }
      }
    }
    if (failures.length > 0) this.#retry = setTimeout(() => void this.#bindMissing(), retryMs)
    return failures
  }

  /** One number that is free on every address of the group. */
  async #bindGroup(group: PortRequest[], target: ForwardTarget, held: TakenPorts): Promise<Bound[]> {
    const [{ hostPort, hostPortEnd = hostPort, protocol, count }] = group as [PortRequest]
    if (count !== undefined) return this.#reserveRows(group, held)
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
      const bound = await bindAll(ports, target, isFixed, this.#log)
      if (bound === undefined) continue
      if (hostPort === 0) this.#lastEphemeral.set(protocol, number)
      return bound
    }
    throw new Error('all ports are allocated')
  }

  /** Nobody of ours has one of the numbers, nor anybody else of this host now. */
  async #reserveRows(rows: PortRequest[], held: TakenPorts): Promise<Bound[]> {
    const others = await hostPorts(rows[0]!.protocol)
    for (const row of rows) {
      const taken = held.firstOf(row)
      if (taken !== undefined) throw new Error(`Bind for ${row.hostAddress}:${taken} failed: port is already allocated`)
      const other = others.firstOf(row)
      if (other !== undefined)
        throw refusal({ ...row, hostPort: other }, { code: 'EADDRINUSE', errno: -constants.errno.EADDRINUSE })
    }
    return rows.map((port) => ({ port }))
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

function retarget(bound: Bound[], target: ForwardTarget): void {
  for (const { port, forwarding } of bound) forwarding?.retarget(destinationOf(port, target))
}

/** What stays of it: itself, nothing, or of a row the parts beside those. */
function left(bound: Bound, gone: PublishedPort[]): Bound[] {
  const ports = without([bound.port], gone)
  return ports.length === 1 && isDeepStrictEqual(ports[0], bound.port) ? [bound] : ports.map((port) => ({ port }))
}

function span(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
}
