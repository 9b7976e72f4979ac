/**
 * What others break of ours on the host is made whole while containers run: the firewall's table flushed (a reload of
 * nftables does that); a bridge deleted, set down, or without its address or the route to its subnet; a veth deleted, set down
 * or taken off its bridge; a macvlan that went with its parent, once that is back; forwarding switched off.
 */
import type { KernelStep } from '../../kernel/kernel.ts'
import type { Link } from '../../kernel/model.ts'
import type { NetworkRecord, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { fitAgain, takenOverLink } from '../networks/fit-again.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { firewallStands, reconcileFirewall } from '../sandbox/reconcile-firewall.ts'
import type { ActiveEndpoint } from '../sandbox/endpoints.ts'
import { lostCarrier, lostEndpoints, restoreEndpoints } from '../sandbox/restore-endpoints.ts'
import { publishRepair } from './daemon-event.ts'
import { lostAddresses } from './host-addresses.ts'
import { switchOnForwarding } from './host-sysctls.ts'
import { byName, stands, standAgain } from './restore-networks.ts'

export type Part = 'forwarding' | 'firewall' | 'links' | 'addresses'
export const everything: readonly Part[] = ['forwarding', 'firewall', 'links', 'addresses']

type Outcome = 'done' | 'later'

/** Who deletes an interface or an address again and again, a container its own for one, has it back no more often than this. */
const patienceMs = 1000

export class Repair {
  readonly #engine: Engine
  /** When an endpoint was plugged in again, or a network's addresses were made, by id, on the clock of performance.now(). */
  readonly #mended = new Map<string, number>()
  /** Networks whose link was taken over, and is not there or down, by id. */
  #waiting: ReadonlySet<string> = new Set()
  /** What could not be mended and was said; it is not said again until it stands. */
  readonly #said = new Set<string>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Idempotent; resolves with whether there is something left to try again later. */
  async run(parts: ReadonlySet<Part>): Promise<boolean> {
    const results: Outcome[] = []
    if (parts.has('forwarding')) results.push(await this.#forwarding())
    if (parts.has('firewall')) results.push(await this.#firewall())
    if (parts.has('links')) results.push(...(await this.#links()))
    if (parts.has('links') || parts.has('addresses')) results.push(...(await this.#addresses()))
    return results.includes('later')
  }

  #forwarding(): Promise<Outcome> {
    const engine = this.#engine
    return this.#mend('forwarding', async () => {
      for (const sysctl of await switchOnForwarding(engine)) {
        engine.log.warn(`${sysctl} was off, and is on again: see --ip-forward`)
        publishRepair(engine, { sysctl })
      }
    })
  }

  /** Only the whole table is looked for: what is in it, nobody has by accident. */
  async #firewall(): Promise<Outcome> {
    const { config, log } = this.#engine
    if (await firewallStands(this.#engine)) return 'done'
    return this.#mend('firewall', async () => {
      await reconcileFirewall(this.#engine)
      log.warn(`the nftables table ${config.tag} was gone (a flush of the ruleset?): it is there again`)
      publishRepair(this.#engine, { table: config.tag })
    })
  }

  async #links(): Promise<Outcome[]> {
    const engine = this.#engine
    const results: Outcome[] = []
    const links = byName(await engine.kernel.links(engine.host))
    const fallen = engine.store.networks.values().filter((network) => !stands(engine, network, links))
    for (const { id } of fallen) results.push(await this.#network(id))
    results.push(...(await this.#returned(links)))
    // With bridges made anew, the ports of the old ones are lost, too.
    const now = fallen.length === 0 ? links : byName(await engine.kernel.links(engine.host))
    for (const sandbox of engine.store.sandboxes.values())
      if ((await lostEndpoints(engine, sandbox, now)).length > 0) results.push(await this.#sandbox(sandbox.id))
    return results
  }

  /** Links of the host's own that networks have taken over, and that have come back. */
  async #returned(links: ReadonlyMap<string, Link>): Promise<Outcome[]> {
    const engine = this.#engine
    const results: Outcome[] = []
    const waiting = new Set<string>()
    for (const network of engine.store.networks.values()) {
      const link = takenOverLink(engine, network)
      if (link === undefined) continue
      if (links.get(link)?.isUp === true) {
        if (!this.#waiting.has(network.id)) continue
        const outcome = await this.#fit(network.id, link)
        results.push(outcome)
        if (outcome === 'done') continue
      } else if (!this.#waiting.has(network.id))
        engine.log.warn(`network ${network.name} waits for ${link} of the host, which is gone or down`)
      waiting.add(network.id)
    }
    this.#waiting = waiting
    return results
  }

  #fit(id: string, link: string): Promise<Outcome> {
    const engine = this.#engine
    return engine.locks.run(`network:${id}`, async () => {
      const network = engine.store.networks.get(id)
      if (network === undefined) return 'done'
      return this.#mend(`network ${network.name}`, async () => {
        await fitAgain(engine, network, link)
        engine.log.warn(`${link} of the host is back, and has again what network ${network.name} needs of it`)
        publishNetworkEvent(engine, network, 'repair')
      })
    })
  }

  async #addresses(): Promise<Outcome[]> {
    const lost = await this.#lostAddresses(this.#engine.store.networks.values())
    const results: Outcome[] = []
    for (const id of lost.keys()) results.push(await this.#addressesOf(id))
    return results
  }

  #addressesOf(id: string): Promise<Outcome> {
    const engine = this.#engine
    return engine.locks.run(`network:${id}`, async () => {
      const network = engine.store.networks.get(id)
      const steps = network && (await this.#lostAddresses([network])).get(id)
      if (network === undefined || steps === undefined) return 'done'
      if (!this.#isDue(id)) return 'later'
      this.#mended.set(id, performance.now())
      return this.#mend(`addresses of network ${network.name}`, async () => {
        await engine.kernel.apply(steps)
        engine.log.warn(`network ${network.name} had lost an address of the host, or a route: they are there again`)
        publishNetworkEvent(engine, network, 'repair')
      })
    })
  }

  /** Of those whose links stand: the others have theirs made with them, or when the link that they have taken over is back. */
  async #lostAddresses(networks: NetworkRecord[]): Promise<Map<string, KernelStep[]>> {
    const engine = this.#engine
    const links = byName(await engine.kernel.links(engine.host))
    const standing = networks.filter((network) => {
      const link = takenOverLink(engine, network)
      return link === undefined ? stands(engine, network, links) : links.get(link)?.isUp === true
    })
    return lostAddresses(engine, standing, links)
  }

  #network(id: string): Promise<Outcome> {
    const engine = this.#engine
    return engine.locks.run(`network:${id}`, async () => {
      const network = engine.store.networks.get(id)
      const links = await engine.kernel.links(engine.host)
      if (network === undefined || stands(engine, network, byName(links))) return 'done'
      return this.#mend(`network ${network.name}`, async () => {
        await standAgain(engine, network, links)
        engine.log.warn(`the links of network ${network.name} were gone or down: they are there again`)
        publishNetworkEvent(engine, network, 'repair')
      })
    })
  }

  #sandbox(id: string): Promise<Outcome> {
    const engine = this.#engine
    return engine.locks.run(`container:${id}`, async () => {
      const sandbox = engine.store.sandboxes.get(id)
      if (sandbox === undefined) return 'done'
      const links = byName(await engine.kernel.links(engine.host))
      const lost = await lostEndpoints(engine, sandbox, links)
      const [waiting, ready] = [
        lost.filter((endpoint) => lostCarrier(engine, endpoint, links) !== undefined),
        lost.filter((endpoint) => lostCarrier(engine, endpoint, links) === undefined),
      ]
      for (const endpoint of waiting) this.#await(sandbox, endpoint)
      const due = ready.filter(({ lease }) => this.#isDue(lease.endpointId))
      if (due.length === 0) return ready.length === 0 ? 'done' : 'later'
      return this.#mend(`container ${sandbox.name}`, async () => {
        for (const { lease } of due) this.#mended.set(lease.endpointId, performance.now())
        await restoreEndpoints(engine, sandbox, due)
        for (const { network } of due) {
          engine.log.warn(`container ${sandbox.name} had lost its link to ${network.name}: it is plugged in again`)
          publishNetworkEvent(engine, network, 'repair', { container: id })
        }
      })
    })
  }

  /** A link of the host that is somebody else's: its coming is told, and until then the endpoint is not there. */
  #await(sandbox: SandboxRecord, { network, lease }: ActiveEndpoint): void {
    if (lease.isLost === true) return
    const engine = this.#engine
    lease.isLost = true
    engine.store.sandboxes.put(sandbox.id, sandbox)
    engine.log.warn(
      `container ${sandbox.name} has lost its link to ${network.name} with the interface below it: it is plugged in again when that is back`,
    )
    publishNetworkEvent(engine, network, 'lost', { container: sandbox.id })
  }

  #isDue(id: string): boolean {
    const last = this.#mended.get(id)
    if (last !== undefined && performance.now() - last < patienceMs) return false
    this.#mended.delete(id)
    return true
  }

  async #mend(what: string, work: () => Promise<void>): Promise<Outcome> {
    try {
      await work()
      this.#said.delete(what)
      return 'done'
    } catch (error) {
      if (!this.#said.has(what)) this.#engine.log.error(`${what} cannot be repaired: ${(error as Error).message}`)
      this.#said.add(what)
      return 'later'
    }
  }
}
