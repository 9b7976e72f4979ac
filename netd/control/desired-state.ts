/** What the data plane is to do, as netd has told it: given whole to whichever process is there next. */
import type { ContainerState, DnsEndpoint, ForwardTarget } from '../dataplane/protocol.ts'
import { without } from '../store/port-rows.ts'
import type { PublishedPort } from '../store/records.ts'

export class DesiredState {
  readonly #containers = new Map<string, ContainerState>()

  list(): ContainerState[] {
    return [...this.#containers.values()]
  }

  replace(containers: ContainerState[]): void {
    this.#containers.clear()
    for (const container of containers) this.#containers.set(container.containerId, structuredClone(container))
  }

  setResolver(containerId: string, resolver: ContainerState['resolver']): void {
    this.#change(containerId, (container) => {
      if (resolver === undefined) delete container.resolver
      else container.resolver = resolver
    })
  }

  setEndpoint(containerId: string, networkId: string, endpoint: DnsEndpoint | undefined): void {
    this.#change(containerId, ({ endpoints }) => {
      if (endpoint === undefined) delete endpoints[networkId]
      else endpoints[networkId] = endpoint
    })
  }

  /** Beside those the container has already; all of them for this target. */
  addPorts(containerId: string, ports: PublishedPort[], target: ForwardTarget): void {
    this.#change(containerId, (container) => {
      const others = (container.holding?.ports ?? []).filter((held) => !ports.some((port) => isSame(held, port)))
      container.holding = { target, ports: [...others, ...ports] }
    })
  }

  /** @param ports some of them, or parts of rows; all when absent. */
  dropPorts(containerId: string, ports?: PublishedPort[]): void {
    this.#change(containerId, (container) => {
      const left = ports === undefined ? [] : without(container.holding?.ports ?? [], ports)
      if (container.holding === undefined || left.length === 0) delete container.holding
      else container.holding.ports = left
    })
  }

  #change(containerId: string, change: (container: ContainerState) => void): void {
    const container = this.#containers.get(containerId) ?? { containerId, endpoints: {} }
    change(container)
    const isEmpty =
      container.resolver === undefined &&
      container.holding === undefined &&
      Object.keys(container.endpoints).length === 0
    if (isEmpty) this.#containers.delete(containerId)
    else this.#containers.set(containerId, container)
  }
}

function isSame(one: PublishedPort, other: PublishedPort): boolean {
  return (
    one.hostAddress === other.hostAddress &&
    one.hostPort === other.hostPort &&
    one.protocol === other.protocol &&
    one.count === other.count
  )
}
