/** The embedded resolver's contract: 127.0.0.11 in every container of a user-defined network. */
import type { Namespace } from '../kernel/kernel.ts'

export interface DnsEndpoint {
  /** Name, aliases, short id: every name this container answers to on this network. */
  names: string[]
  /** Without prefix length. */
  ipv4?: string
  ipv6?: string
}

export interface DnsOptions {
  /** At most three are used. Forwarded from the host's namespace when they are loopback addresses there. */
  upstreams: string[]
  /** False on internal networks only: nothing leaves. */
  isForwarding: boolean
}

export interface DnsService {
  /** Listens in the container's namespace (UDP and TCP, a port of its own, redirected from 53). Again after a restart: replaces. */
  open(containerId: string, namespace: Namespace, options: DnsOptions): Promise<void>
  close(containerId: string): Promise<void>
  /** Known at once to every container that has joined the same network. */
  join(networkId: string, containerId: string, endpoint: DnsEndpoint): void
  leave(networkId: string, containerId: string): void
  shutdown(): Promise<void>
}
