/**
 * The shared port proxy, seen from the daemon. One process for the whole daemon, which outlives the daemon's own
 * restart: it holds every published port bound (so that a taken port is found before any rule is made, and nobody
 * takes ours later) and serves what the kernel path cannot: [::1], and IPv6 to a container without IPv6.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errors } from '../../api/errors.ts'
import { proxyFiles } from '../config/layout.ts'
import type { PublishedPort } from '../store/records.ts'
import { ControlConnection, ProxyRefusal } from './control-connection.ts'
import { type ForwardTarget, type Holding, type PortRequest } from './protocol.ts'

export type { PortRequest } from './protocol.ts'

export interface PortTarget extends ForwardTarget {
  /** Whom an error names, as dockerd does; the container's id when absent. */
  endpoint?: { name: string; id: string }
}

export interface PortProxy {
  /**
   * Binds every port, all or none; a host port of 0 gets a free one from the ephemeral range, the same on both families.
   * Without IPv6 on the host, `::` is left out of the result where `0.0.0.0` stands beside it.
   * Throws ApiError as dockerd words it: `driver failed programming external connectivity on endpoint …: Bind for 0.0.0.0:8080 failed: port is already allocated`.
   */
  publish(containerId: string, ports: PortRequest[], target: PortTarget): Promise<PublishedPort[]>
  release(containerId: string): Promise<void>
  /** What the process holds, for reconciliation after a restart. */
  published(): Promise<Map<string, PublishedPort[]>>
  /** Ends the process and so everything it holds. */
  shutdown(): Promise<void>
}

export interface PortProxyOptions {
  /** Holds the control socket and what the process says when it fails. */
  execRoot: string
  log: { info(message: string, fields?: object): void; warn(message: string, fields?: object): void }
  /** The program, without its argument; by default the one beside this file, bundled or not. It binds ports in the namespace it is started in. */
  command?: string[]
}

export function openPortProxy({ execRoot, log, command = proxyCommand() }: PortProxyOptions): PortProxy {
  return new SharedPortProxy(execRoot, log, command)
}

function proxyCommand(): string[] {
  const file = extname(import.meta.url) === '.ts' ? './main.ts' : './proxy.js'
  return [process.execPath, fileURLToPath(new URL(file, import.meta.url))]
}

class SharedPortProxy implements PortProxy {
  readonly #socketPath: string
  readonly #logPath: string
  readonly #log: PortProxyOptions['log']
  readonly #command: string[]
  #connection: Promise<ControlConnection> | undefined
  /** What the process holds as far as we know: given to its successor, should it die. */
  readonly #held = new Map<string, Holding>()

  constructor(execRoot: string, log: PortProxyOptions['log'], command: string[]) {
    const { socket, log: logPath } = proxyFiles({ execRoot })
    this.#socketPath = socket
    this.#logPath = logPath
    this.#log = log
    this.#command = command
  }

  async publish(
    containerId: string,
    ports: PortRequest[],
    { endpoint, ...target }: PortTarget,
  ): Promise<PublishedPort[]> {
    if (ports.length === 0) return []
    const connection = await this.#connect()
    try {
      const published = await connection.request({ do: 'publish', containerId, ports, target })
      const { ports: before = [] } = this.#held.get(containerId) ?? {}
      this.#held.set(containerId, { containerId, ports: [...before, ...published], target })
      return published
    } catch (error) {
      if (!(error instanceof ProxyRefusal)) throw error
      throw errors.externalConnectivity(endpoint?.name ?? containerId, endpoint?.id ?? containerId, error.message)
    }
  }

  async release(containerId: string): Promise<void> {
    const connection = await this.#connectIfRunning()
    this.#held.delete(containerId)
    await connection?.request({ do: 'release', containerId })
  }

  async published(): Promise<Map<string, PublishedPort[]>> {
    const connection = await this.#connectIfRunning()
    const holdings = (await connection?.request({ do: 'list' })) ?? []
    return new Map(holdings.map(({ containerId, ports }) => [containerId, ports]))
  }

  async shutdown(): Promise<void> {
    const connection = await this.#connectIfRunning()
    this.#held.clear()
    this.#connection = undefined
    await connection?.end()
  }

  /** Started on first need; until then there is no process. */
  #connect(): Promise<ControlConnection> {
    return this.#remember(
      async () =>
        (await ControlConnection.open(this.#socketPath)) ??
        (await ControlConnection.start(this.#command, this.#socketPath, this.#logPath)),
    )
  }

  async #connectIfRunning(): Promise<ControlConnection | undefined> {
    if (this.#connection !== undefined) return this.#connection
    const connection = await ControlConnection.open(this.#socketPath)
    return connection === undefined ? undefined : this.#remember(() => Promise.resolve(connection))
  }

  #remember(open: () => Promise<ControlConnection>): Promise<ControlConnection> {
    this.#connection ??= open().then(
      async (connection) => {
        connection.onLost(() => this.#restore())
        for (const holding of await connection.request({ do: 'list' })) this.#held.set(holding.containerId, holding)
        return connection
      },
      (error: unknown) => {
        this.#connection = undefined
        throw error
      },
    )
    return this.#connection
  }

  /** The process died: another one takes over what it held, as far as nobody else was faster. */
  #restore(): void {
    this.#connection = undefined
    if (this.#held.size === 0) return
    this.#log.warn('the port proxy ended unexpectedly; another one takes its place', { log: this.#logPath })
    const lost = [...this.#held.values()]
    this.#held.clear()
    for (const { containerId, ports, target } of lost) {
      this.publish(containerId, ports, target).catch((error: Error) => this.#log.warn(error.message))
    }
  }
}
