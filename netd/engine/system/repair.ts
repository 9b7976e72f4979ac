/**
 * What others break of ours on the host is made whole while containers run: the firewall's table flushed (a reload of
 * nftables does that), a bridge deleted or set down, a veth deleted, set down or taken off its bridge.
 */
import type { Engine } from '../engine.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { reconcileFirewall } from '../sandbox/reconcile-firewall.ts'
import { lostEndpoints, restoreEndpoints } from '../sandbox/restore-endpoints.ts'
import { byName, stands, standAgain } from './restore-networks.ts'

/** A container that deletes its own interface, again and again, gets it back no more often than this. */
const patienceMs = 1000

export class Repair {
  readonly #engine: Engine
  /** When an endpoint was plugged in again, on the clock of performance.now(). */
  readonly #plugged = new Map<string, number>()
  /** What could not be mended and was said; it is not said again until it stands. */
  readonly #said = new Set<string>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Idempotent; resolves with whether there is something left to try again later. */
  async run(): Promise<boolean> {
    const engine = this.#engine
    const results = [await this.#firewall()]
    const links = byName(await engine.kernel.links(engine.host))
    const fallen = engine.store.networks.values().filter((network) => !stands(engine, network, links))
    for (const { id } of fallen) results.push(await this.#network(id))
    // With bridges made anew, the ports of the old ones are lost, too.
    const now = fallen.length === 0 ? links : byName(await engine.kernel.links(engine.host))
    for (const sandbox of engine.store.sandboxes.values())
      if (lostEndpoints(engine, sandbox, now).length > 0) results.push(await this.#sandbox(sandbox.id))
    return results.includes('later')
  }

  /** Only the whole table is looked for: what is in it, nobody has by accident. */
  async #firewall(): Promise<'done' | 'later'> {
    const { kernel, host, config, log } = this.#engine
    if (await kernel.hasTable(host, config.tag)) return 'done'
    return this.#mend('firewall', async () => {
      await reconcileFirewall(this.#engine)
      log.warn(`the nftables table ${config.tag} was gone (a flush of the ruleset?): it is there again`)
    })
  }

  #network(id: string): Promise<'done' | 'later'> {
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

  #sandbox(id: string): Promise<'done' | 'later'> {
    const engine = this.#engine
    return engine.locks.run(`container:${id}`, async () => {
      const sandbox = engine.store.sandboxes.get(id)
      if (sandbox === undefined) return 'done'
      const lost = lostEndpoints(engine, sandbox, byName(await engine.kernel.links(engine.host)))
      const due = lost.filter(({ lease }) => this.#isDue(lease.endpointId))
      if (due.length === 0) return lost.length === 0 ? 'done' : 'later'
      return this.#mend(`container ${sandbox.name}`, async () => {
        for (const { lease } of due) this.#plugged.set(lease.endpointId, performance.now())
        await restoreEndpoints(engine, sandbox, due)
        for (const { network } of due) {
          engine.log.warn(`container ${sandbox.name} had lost its link to ${network.name}: it is plugged in again`)
          publishNetworkEvent(engine, network, 'repair', { container: id })
        }
      })
    })
  }

  #isDue(endpointId: string): boolean {
    const last = this.#plugged.get(endpointId)
    if (last !== undefined && performance.now() - last < patienceMs) return false
    this.#plugged.delete(endpointId)
    return true
  }

  async #mend(what: string, work: () => Promise<void>): Promise<'done' | 'later'> {
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
