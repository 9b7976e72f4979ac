/**
 * The shared port proxy, seen from the daemon. One process for the whole daemon, which outlives the daemon's own
 * restart: it holds every published port bound (so that a taken port is found before any rule is made, and nobody
 * takes ours later) and serves what the kernel path cannot: [::1], and IPv6 to a container without IPv6.
 */
import type { PublishedPort } from '../store/records.ts'

export interface PortTarget {
  /** Of the container, without prefix length. */
  ipv4?: string
  ipv6?: string
}

export interface PortProxy {
  /**
   * Binds every port, all or none; a host port of 0 gets a free one from the ephemeral range, the same on both families.
   * Throws ApiError as dockerd words it: `driver failed programming external connectivity on endpoint …: Bind for 0.0.0.0:8080 failed: port is already allocated`.
   */
  publish(containerId: string, ports: PublishedPort[], target: PortTarget): Promise<PublishedPort[]>
  release(containerId: string): Promise<void>
  /** What the process holds, for reconciliation after a restart. */
  published(): Promise<Map<string, PublishedPort[]>>
  /** Ends the process and so everything it holds. */
  shutdown(): Promise<void>
}
