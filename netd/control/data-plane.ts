/**
 * The data plane, seen from netd: the process that holds resolvers and ports and outlives netd. netd remembers what it
 * asked for, gives all of it to the process on every new connection, and each change after that. A process that ends, does
 * not answer or cannot take what it is given is replaced.
 */
import { errors } from '../../api/errors.ts'
import type { ContainerState, Request, Results } from '../dataplane/protocol.ts'
import { Guard, type GuardLog } from '../guard.ts'
import { KernelError, type Kernel } from '../kernel/kernel.ts'
import { Refusal, type Connection } from './connection.ts'
import { DesiredState } from './desired-state.ts'
import type { DnsService } from './dns-service.ts'
import type { PortProxy } from './port-proxy.ts'
import { DataPlaneProcess, dataPlaneCommand } from './process.ts'
import { redirect } from './redirect.ts'

export interface DataPlane {
  dns: DnsService
  proxy: PortProxy
  /** Once, when netd has started: what the containers that run need. What is there already and as it should be is not touched. */
  restore(containers: ContainerState[]): Promise<void>
  /** The process is findable by the next netd again; resolves with the paths that were gone. */
  mend(): Promise<string[]>
  /** The process goes on. */
  close(): void
  /** Ends the process and so everything it holds. */
  shutdown(): Promise<void>
}

export interface DataPlaneOptions {
  /** Holds socket, pid file and log of the process. */
  execRoot: string
  kernel: Kernel
  log: GuardLog
  command?: string[]
  /** How often it is looked after. */
  intervalMs?: number
  /** How long a new one may take until it listens. */
  readyMs?: number
}

/** Before another process is started: nothing at first, then doubled each time, until one has lived for the longest. */
const firstDelayMs = 100
const longestDelayMs = 10_000
/** A request is given to this many processes; one that ends each of them is to blame itself. */
const attemptLimit = 3

export function openDataPlane({
  execRoot,
  kernel,
  log,
  command = dataPlaneCommand(),
  intervalMs = 5_000,
  readyMs = 30_000,
}: DataPlaneOptions): DataPlane {
  return new Supervisor(kernel, log, new DataPlaneProcess(execRoot, log, { command, readyMs }), intervalMs)
}

class Supervisor implements DataPlane {
  readonly dns: DnsService = {
    open: (containerId, namespace, options) => this.#open({ do: 'open', containerId, namespace, options }),
    close: async (containerId) => {
      this.#desired.setResolver(containerId, undefined)
      await this.#giveUp({ do: 'close', containerId })
    },
    join: async (networkId, containerId, endpoint) => {
      this.#desired.setEndpoint(containerId, networkId, endpoint)
      await this.#ask({ do: 'join', containerId, networkId, endpoint })
    },
    leave: async (networkId, containerId) => {
      this.#desired.setEndpoint(containerId, networkId, undefined)
      await this.#giveUp({ do: 'leave', containerId, networkId })
    },
  }
  readonly proxy: PortProxy = {
    publish: async (containerId, ports, { endpoint, ...target }) => {
      if (ports.length === 0) return []
      try {
        const published = await this.#ask({ do: 'publish', containerId, ports, target })
        this.#desired.addPorts(containerId, published, target)
        return published
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        throw errors.externalConnectivity(endpoint?.name ?? containerId, endpoint?.id ?? containerId, error.message)
      }
    },
    release: async (containerId, ports) => {
      this.#desired.dropPorts(containerId, ports)
      await this.#giveUp({ do: 'release', containerId, ...(ports === undefined ? {} : { ports }) })
    },
  }
  readonly #kernel: Kernel
  readonly #log: GuardLog
  readonly #process: DataPlaneProcess
  readonly #desired = new DesiredState()
  #connection: Promise<Connection> | undefined
  #restart: NodeJS.Timeout | undefined
  readonly #watch: NodeJS.Timeout
  #isLooking = false
  #delayMs = 0
  #isClosed = false

  constructor(kernel: Kernel, log: GuardLog, process: DataPlaneProcess, intervalMs: number) {
    this.#kernel = kernel
    this.#log = log
    this.#process = process
    const guard = new Guard({ what: 'looking after the data plane', log })
    this.#watch = setInterval(
      guard.listener(() => this.#lookAfter()),
      intervalMs,
    ).unref()
  }

  async restore(containers: ContainerState[]): Promise<void> {
    this.#desired.replace(containers)
    await this.#connect()
  }

  async mend(): Promise<string[]> {
    if (this.#connection === undefined || this.#isClosed) return []
    return this.#process.keepFindable(await this.#connection)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#restart)
    clearInterval(this.#watch)
    this.#connection?.then(
      (connection) => connection.close(),
      () => {},
    )
  }

  async shutdown(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    clearInterval(this.#watch)
    this.#desired.replace([])
    try {
      const connection = await (this.#connection ?? this.#process.find())
      await connection?.end()
      await this.#process.forget()
    } catch {
      await this.#process.kill()
    }
  }

  /** Done when queries to port 53 arrive there, too: the container may ask at once. */
  async #open(request: Extract<Request, { do: 'open' }>): Promise<void> {
    const { containerId, namespace, options } = request
    this.#desired.setResolver(containerId, { namespace, options })
    try {
      const ports = await this.#ask(request)
      if (await redirect(this.#kernel, namespace, ports)) await this.#ask({ do: 'redirected', containerId })
    } catch (error) {
      await this.dns.close(containerId)
      throw error
    }
  }

  /** What is given up takes no process: the next one is not given it. */
  async #giveUp(request: Extract<Request, { do: 'close' | 'leave' | 'release' }>): Promise<void> {
    if (this.#connection === undefined) return
    try {
      await this.#ask(request)
    } catch (error) {
      this.#log.warn(`the data plane: ${(error as Error).message}`)
    }
  }

  async #ask<const R extends Request>(request: R): Promise<Results[R['do']]> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connect()
      try {
        return await connection.request(request)
      } catch (error) {
        if (error instanceof Refusal || attempt === attemptLimit || this.#isClosed) throw error
      }
    }
  }

  /** Resolves when the process has all that is desired. */
  #connect(): Promise<Connection> {
    clearTimeout(this.#restart)
    this.#connection ??= this.#establish().catch((error: unknown) => {
      this.#connection = undefined
      this.#startAgainLater()
      throw error
    })
    return this.#connection
  }

  async #establish(): Promise<Connection> {
    const connection = await this.#process.obtain()
    const since = performance.now()
    await this.#fill(connection)
    connection.onLost(() => {
      this.#connection = undefined
      if (this.#isClosed) return
      this.#log.warn('the data plane ended unexpectedly; another one takes its place')
      if (performance.now() - since > longestDelayMs) this.#delayMs = 0
      this.#startAgainLater()
    })
    return connection
  }

  /** One that hangs is told from one that has nothing to do by its not answering; then it is lost, like one that ended. */
  async #lookAfter(): Promise<void> {
    if (this.#isLooking || this.#connection === undefined) return
    this.#isLooking = true
    try {
      const connection = await this.#connection
      await connection.request({ do: 'hello' })
    } catch (error) {
      if (error instanceof Refusal) throw error
      // Lost: that is told, and seen to, already.
    } finally {
      this.#isLooking = false
    }
  }

  async #fill(connection: Connection): Promise<void> {
    try {
      await this.#sync(connection)
      if (connection.isOver) throw new Error('the data plane ended while it was given the state')
    } catch (error) {
      // What cannot take the state is no use half-filled.
      await this.#process.kill()
      connection.close()
      throw error
    }
  }

  async #sync(connection: Connection): Promise<void> {
    const containers = this.#desired.list()
    const { listeners, failures } = await connection.request({ do: 'sync', containers })
    for (const failure of failures) this.#log.error(failure)
    for (const { containerId, resolver } of containers) {
      const ports = listeners[containerId]
      if (resolver === undefined || ports === undefined) continue
      try {
        if (await redirect(this.#kernel, resolver.namespace, ports))
          await connection.request({ do: 'redirected', containerId })
      } catch (error) {
        if (!(error instanceof KernelError)) throw error
        this.#log.error(`the resolver of container ${containerId.slice(0, 12)}: ${error.message}`)
      }
    }
  }

  #startAgainLater(): void {
    if (this.#isClosed) return
    clearTimeout(this.#restart)
    const again = (): void =>
      void this.#connect().catch((error: Error) =>
        this.#log.error(`the data plane cannot be started: ${error.message}`),
      )
    this.#restart = setTimeout(again, this.#delayMs).unref()
    this.#delayMs = Math.min(Math.max(this.#delayMs * 2, firstDelayMs), longestDelayMs)
  }
}
