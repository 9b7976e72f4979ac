/** The embedded resolvers: one table of names for all, two sockets in the namespace of each container. */
import type { GuardLog } from '../../guard.ts'
import type { Namespace } from '../../kernel/kernel.ts'
import { DatagramBatch } from '../../kernel/datagrams.ts'
import { Session, Thread } from '../../kernel/session.ts'
import { openSocket } from '../../kernel/sockets.ts'
import type { ContainerState, DnsEndpoint, DnsOptions, ListenerPorts } from '../protocol.ts'
import { Forwarder } from './forwarder.ts'
import { Listener } from './listener.ts'
import { NameTable } from './names.ts'
import { Resolver } from './resolver.ts'

const upstreamLimit = 3

export class Resolvers {
  readonly #log: GuardLog
  /** This thread goes into a namespace to make a socket there, and is home again before anything else happens on it. */
  readonly #thread = new Thread((reason) => {
    // From another namespace it would serve the host's ports; netd starts the next one.
    this.#log.error(`cannot return to the host's network namespace: ${reason}`)
    return process.exit(1)
  })
  readonly #names = new NameTable()
  readonly #forwarder = new Forwarder({
    openSocket: (...where) => {
      using session = new Session(this.#thread)
      return openSocket(session, ...where)
    },
  })
  readonly #resolver = new Resolver(this.#names, this.#forwarder, Math.random)
  readonly #batch = new DatagramBatch()
  readonly #listeners = new Map<string, Listener>()

  constructor(log: GuardLog) {
    this.#log = log
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0
  }

  /** Of one that is open already in this namespace only the options change. */
  async open(containerId: string, namespace: Namespace, options: DnsOptions): Promise<ListenerPorts> {
    const own = { ...options, upstreams: options.upstreams.slice(0, upstreamLimit) }
    let listener = this.#listeners.get(containerId)
    if (listener?.isIn(namespace) === true) listener.options = own
    else {
      listener = await Listener.open(this.#thread, namespace, own, {
        resolve: (message, isTcp, current) => this.#resolver.resolve(containerId, current, message, isTcp),
        what: `resolver of container ${containerId.slice(0, 12)}`,
        log: this.#log,
        batch: this.#batch,
      })
      await this.close(containerId)
      this.#listeners.set(containerId, listener)
    }
    return { ...listener.ports, isRedirected: listener.isRedirected }
  }

  setRedirected(containerId: string): null {
    const listener = this.#listeners.get(containerId)
    if (listener !== undefined) listener.isRedirected = true
    return null
  }

  async close(containerId: string): Promise<null> {
    const listener = this.#listeners.get(containerId)
    this.#listeners.delete(containerId)
    await listener?.close()
    return null
  }

  join(networkId: string, containerId: string, endpoint: DnsEndpoint): null {
    this.#names.join(networkId, containerId, endpoint)
    return null
  }

  leave(networkId: string, containerId: string): null {
    this.#names.leave(networkId, containerId)
    return null
  }

  async sync(containers: ContainerState[]): Promise<{ listeners: Record<string, ListenerPorts>; failures: string[] }> {
    // In one turn of the event loop: no query sees half of it.
    this.#names.clear()
    for (const { containerId, endpoints } of containers)
      for (const [networkId, endpoint] of Object.entries(endpoints)) this.#names.join(networkId, containerId, endpoint)

    const wanted = new Map(containers.map(({ containerId, resolver }) => [containerId, resolver]))
    for (const containerId of this.#listeners.keys())
      if (wanted.get(containerId) === undefined) await this.close(containerId)
    const listeners: Record<string, ListenerPorts> = {}
    const failures: string[] = []
    for (const [containerId, resolver] of wanted) {
      if (resolver === undefined) continue
      try {
        listeners[containerId] = await this.open(containerId, resolver.namespace, resolver.options)
      } catch (error) {
        failures.push(`the resolver of container ${containerId.slice(0, 12)}: ${(error as Error).message}`)
      }
    }
    return { listeners, failures }
  }

  async shutdown(): Promise<void> {
    await Promise.all([...this.#listeners.keys()].map((containerId) => this.close(containerId)))
  }
}
