/** The typed client of netd's HTTP API. Its types come from the contract; none of the schemas is loaded to run it. */
import { defaultHost, type TlsFiles } from './address.ts'
import { Containers } from './containers.ts'
import { Exec } from './exec.ts'
import { Images } from './images.ts'
import { Networks } from './networks.ts'
import { System } from './system.ts'
import { Transport } from './transport.ts'
import { GraphOfHost, Links, Namespaces, Ports, type Trestle } from './trestle.ts'
import { Volumes } from './volumes.ts'

export interface Client {
  /** As given, for messages. */
  readonly host: string
  readonly networks: Networks
  readonly containers: Containers
  readonly images: Images
  readonly volumes: Volumes
  readonly exec: Exec
  readonly system: System
  readonly trestle: Trestle
}

export interface ConnectOptions {
  /** `unix:///path`, `tcp://host:port` or `https://host:port`; the default socket when absent. */
  host?: string
  /** Turns tcp into TLS. */
  tls?: TlsFiles
}

/**
 * Opens nothing yet: each request is a connection of its own, so there is nothing to close. Methods throw RemoteError
 * for what the daemon answers and UnreachableError where it does not (./errors.ts).
 */
export function connect({ host = defaultHost, tls }: ConnectOptions = {}): Client {
  const transport = new Transport(host, tls)
  return {
    host,
    networks: new Networks(transport),
    containers: new Containers(transport),
    images: new Images(transport),
    volumes: new Volumes(transport),
    exec: new Exec(transport),
    system: new System(transport),
    trestle: {
      namespaces: new Namespaces(transport),
      links: new Links(transport),
      graph: new GraphOfHost(transport),
      ports: new Ports(transport),
      explain: (request) => transport.json('POST', '/trestle/v1/explain', { json: request }),
    },
  }
}
