/** The embedded resolver: one table of names for all, two sockets per container. */
import type { Kernel, Namespace } from '../kernel/kernel.ts'
import { Forwarder } from './forwarder.ts'
import { Listener } from './listener.ts'
import { NameTable } from './names.ts'
import { redirect } from './redirect.ts'
import { Resolver } from './resolver.ts'
import type { DnsEndpoint, DnsOptions, DnsService } from './service.ts'

export interface DnsServerOptions {
  kernel: Kernel
  log: { debug(message: string, fields?: object): void }
  forwarder?: Forwarder
  /** 0 to below 1, for the order of answers. */
  random?: () => number
}

const upstreamLimit = 3

export function openDns({
  kernel,
  log,
  forwarder = new Forwarder(),
  random = Math.random,
}: DnsServerOptions): DnsService {
  return new DnsServer(kernel, log, forwarder, random)
}

class DnsServer implements DnsService {
  readonly #kernel: Kernel
  readonly #log: DnsServerOptions['log']
  readonly #forwarder: Forwarder
  readonly #names = new NameTable()
  readonly #resolver: Resolver
  readonly #listeners = new Map<string, Listener>()

  constructor(kernel: Kernel, log: DnsServerOptions['log'], forwarder: Forwarder, random: () => number) {
    this.#kernel = kernel
    this.#log = log
    this.#forwarder = forwarder
    this.#resolver = new Resolver(this.#names, forwarder, random)
  }

  async open(containerId: string, namespace: Namespace, options: DnsOptions): Promise<void> {
    const own = { ...options, upstreams: options.upstreams.slice(0, upstreamLimit) }
    const listener = await Listener.open(this.#kernel, namespace, (message, isTcp) =>
      this.#resolver.resolve(containerId, own, message, isTcp),
    )
    try {
      await redirect(this.#kernel, namespace, listener.ports)
    } catch (error) {
      await listener.close()
      throw error
    }
    // The former sockets go only now: there is no moment without a resolver.
    await this.close(containerId)
    this.#listeners.set(containerId, listener)
    this.#log.debug('resolver listens', { container: containerId, ...listener.ports })
  }

  /** The table in the container's namespace goes with the namespace. */
  async close(containerId: string): Promise<void> {
    const listener = this.#listeners.get(containerId)
    this.#listeners.delete(containerId)
    await listener?.close()
  }

  join(networkId: string, containerId: string, endpoint: DnsEndpoint): void {
    this.#names.join(networkId, containerId, endpoint)
  }

  leave(networkId: string, containerId: string): void {
    this.#names.leave(networkId, containerId)
  }

  async shutdown(): Promise<void> {
    this.#forwarder.close()
    await Promise.all([...this.#listeners.keys()].map((containerId) => this.close(containerId)))
  }
}
