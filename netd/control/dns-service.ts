/** The embedded resolver's contract: 127.0.0.11 in every container of a user-defined network. */
import type { DnsEndpoint, DnsOptions } from '../dataplane/protocol.ts'
import type { Namespace } from '../kernel/kernel.ts'

export interface DnsService {
  /** Listens in the container's namespace (UDP and TCP, a port of its own, redirected from 53). Again: with these options. */
  open(containerId: string, namespace: Namespace, options: DnsOptions): Promise<void>
  close(containerId: string): Promise<void>
  /** Known, once this resolves, to every container that has joined the same network. */
  join(networkId: string, containerId: string, endpoint: DnsEndpoint): Promise<void>
  leave(networkId: string, containerId: string): Promise<void>
}
