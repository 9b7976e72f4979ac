/**
 * The shared port proxy's contract. It holds every published port bound (so that a taken port is found before
 * any rule is made, and nobody takes ours later) and serves what the kernel path cannot: [::1], and IPv6 to a container without IPv6.
 */
import type { ForwardTarget, PortRequest } from '../dataplane/protocol.ts'
import type { PublishedPort } from '../store/records.ts'

export type { PortRequest } from '../dataplane/protocol.ts'

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
  /** @param ports of a container that keeps others; all of them when absent. */
  release(containerId: string, ports?: PublishedPort[]): Promise<void>
}
