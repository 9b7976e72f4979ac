/** The state of the data plane, and what each request makes of it. */
import type { GuardLog } from '../guard.ts'
import { build } from './build.ts'
import { Resolvers } from './dns/resolvers.ts'
import { PortTable } from './proxy/port-table.ts'
import type { ContainerState, Request, Results } from './protocol.ts'

type Handlers = {
  [Name in Request['do']]: (request: Extract<Request, { do: Name }>) => Results[Name] | Promise<Results[Name]>
}

export interface DataPlaneProcess {
  /** Resolves when the control socket is there. */
  listen: (path: string) => Promise<void>
  /** Tells the retired from the one that serves, for whoever looks in the process table. */
  markRetired: () => void
  end: () => void
}

export class DataPlane {
  readonly #resolvers: Resolvers
  readonly #ports: PortTable
  readonly #handlers: Handlers
  #isRetired = false

  constructor(log: GuardLog, { listen, markRetired, end }: DataPlaneProcess) {
    this.#resolvers = new Resolvers(log)
    this.#ports = new PortTable(log)
    this.#handlers = {
      hello: () => (this.#isRetired ? {} : { build }),
      sync: ({ containers }) => this.#sync(containers),
      open: ({ containerId, namespace, options }) => this.#resolvers.open(containerId, namespace, options),
      redirected: ({ containerId }) => this.#resolvers.setRedirected(containerId),
      close: ({ containerId }) => this.#resolvers.close(containerId),
      join: ({ networkId, containerId, endpoint }) => this.#resolvers.join(networkId, containerId, endpoint),
      leave: ({ networkId, containerId }) => this.#resolvers.leave(networkId, containerId),
      publish: ({ containerId, ports, target }) => this.#ports.publish(containerId, ports, target),
      release: ({ containerId, ports }) => this.#ports.release(containerId, ports),
      listen: async ({ path }) => {
        await listen(path)
        return { pid: process.pid }
      },
      retire: async () => {
        if (this.#isRetired) return null
        this.#isRetired = true
        markRetired()
        await this.#resolvers.shutdown()
        void this.#ports.drain().then(end, end)
        return null
      },
      end() {
        // After the answer has been written.
        setImmediate(end)
        return null
      },
    }
  }

  /** Nothing to do; a retired one ends by itself. */
  get isIdle(): boolean {
    return !this.#isRetired && this.#resolvers.isEmpty && this.#ports.isEmpty
  }

  /** Throws what is to be answered as an error. */
  async handle(request: Request): Promise<Results[Request['do']]> {
    return (
      this.#handlers[request.do] as (request: Request) => Results[Request['do']] | Promise<Results[Request['do']]>
    )(request)
  }

  async #sync(containers: ContainerState[]): Promise<Results['sync']> {
    const holdings = containers.flatMap(({ containerId, holding }) =>
      holding === undefined ? [] : [{ containerId, ...holding }],
    )
    const { listeners, failures } = await this.#resolvers.sync(containers)
    return { listeners, failures: [...failures, ...(await this.#ports.sync(holdings))] }
  }
}
