import type { PublishedPort } from '../../store/records.ts'
import type { ForwardTarget } from '../protocol.ts'

/** A port that is bound, with what is behind it. */
export interface Forwarding {
  retarget(target: { host: string; port: number }): void
  /** Cuts off whoever is being served. */
  close(): Promise<void>
  /** Lets go of the port at once, and resolves when the last connection has ended by itself. */
  drain(): Promise<void>
}

/** The container's address of the same family when it has one. */
export function destinationOf(port: PublishedPort, target: ForwardTarget): { host: string; port: number } {
  const host = port.hostAddress.includes(':') ? (target.ipv6 ?? target.ipv4) : (target.ipv4 ?? target.ipv6)
  if (host === undefined)
    throw new Error(`port ${port.containerPort}/${port.protocol} cannot be published: the container has no address`)
  return { host, port: port.containerPort }
}
