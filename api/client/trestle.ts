/** What Docker does not have, under `/trestle/v1`: bare namespaces, point-to-point links, ports of containers that run, the graph of what the kernel holds, and the way of a packet. */
import type { Explanation, ExplainRequest } from '../trestle/explain.ts'
import type { Graph, GraphEvent } from '../trestle/graph.ts'
import type { CreateLinkRequest, Link } from '../trestle/links.ts'
import type { CreateNamespaceRequest, Namespace, RunInNamespaceRequest, RunResult } from '../trestle/namespaces.ts'
import type { PortChoice, PublishedPort, PublishPortsRequest } from '../trestle/ports.ts'
import { readServerSentEvents } from './lines.ts'
import type { Transport } from './transport.ts'

const root = '/trestle/v1'

export class Namespaces {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** GET /trestle/v1/namespaces */
  list(): Promise<Namespace[]> {
    return this.#transport.json('GET', `${root}/namespaces`)
  }

  /** POST /trestle/v1/namespaces */
  create(request: CreateNamespaceRequest): Promise<Namespace> {
    return this.#transport.json('POST', `${root}/namespaces`, { json: request })
  }

  /** GET /trestle/v1/namespaces/NAME */
  inspect(name: string): Promise<Namespace> {
    return this.#transport.json('GET', `${root}/namespaces/${encodeURIComponent(name)}`)
  }

  /** DELETE /trestle/v1/namespaces/NAME */
  remove(name: string): Promise<void> {
    return this.#transport.send('DELETE', `${root}/namespaces/${encodeURIComponent(name)}`)
  }

  /** POST /trestle/v1/namespaces/NAME/run: runs a command in it to its end. */
  run(name: string, request: RunInNamespaceRequest, signal?: AbortSignal): Promise<RunResult> {
    return this.#transport.json('POST', `${root}/namespaces/${encodeURIComponent(name)}/run`, { json: request, signal })
  }
}

export class Links {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** GET /trestle/v1/links */
  list(): Promise<Link[]> {
    return this.#transport.json('GET', `${root}/links`)
  }

  /** POST /trestle/v1/links */
  create(request: CreateLinkRequest): Promise<Link> {
    return this.#transport.json('POST', `${root}/links`, { json: request })
  }

  /** DELETE /trestle/v1/links/ID */
  remove(id: string): Promise<void> {
    return this.#transport.send('DELETE', `${root}/links/${encodeURIComponent(id)}`)
  }
}

export class Ports {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** GET /trestle/v1/containers/ID/ports */
  list(container: string): Promise<PublishedPort[]> {
    return this.#transport.json('GET', portsOf(container))
  }

  /** POST /trestle/v1/containers/ID/ports: all that is published then. */
  add(container: string, request: PublishPortsRequest): Promise<PublishedPort[]> {
    return this.#transport.json('POST', portsOf(container), { json: request })
  }

  /** DELETE /trestle/v1/containers/ID/ports */
  remove(container: string, choice: PortChoice): Promise<void> {
    return this.#transport.send('DELETE', portsOf(container), { query: { ...choice } })
  }
}

const portsOf = (container: string): string => `${root}/containers/${encodeURIComponent(container)}/ports`

export class GraphOfHost {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** GET /trestle/v1/graph */
  read(): Promise<Graph> {
    return this.#transport.json('GET', `${root}/graph`)
  }

  /** GET /trestle/v1/graph/events: a snapshot, then deltas as they happen, until the signal fires (its AbortError ends the loop). */
  async *events(signal?: AbortSignal): AsyncGenerator<GraphEvent> {
    for await (const { data } of readServerSentEvents(
      await this.#transport.stream('GET', `${root}/graph/events`, { signal }),
    )) {
      yield JSON.parse(data) as GraphEvent
    }
  }
}

export interface Trestle {
  namespaces: Namespaces
  links: Links
  graph: GraphOfHost
  ports: Ports
  /** POST /trestle/v1/explain */
  explain: (request: ExplainRequest) => Promise<Explanation>
}
