import type { GuardLog } from '../../guard.ts'
import type { PublishedPort } from '../../store/records.ts'
import { listenTcp } from './forward-tcp.ts'
import { listenUdp } from './forward-udp.ts'
import type { ForwardTarget } from '../protocol.ts'

/** A port that is bound, with what is behind it. */
export interface Forwarding {
  retarget(target: { host: string; port: number }): void
  /** Cuts off whoever is being served. */
  close(): Promise<void>
  /** Lets go of the port at once, and resolves when the last connection has ended by itself. */
  drain(): Promise<void>
}

/** Binds the port; rejects with the system's error. SCTP has no sockets in Node: the kernel path alone serves it, and only the number is held. */
export function bindPort(port: PublishedPort, target: ForwardTarget, log: GuardLog): Promise<Forwarding> {
  const destination = destinationOf(port, target)
  if (port.protocol === 'tcp') return listenTcp(port.hostAddress, port.hostPort, destination, log)
  if (port.protocol === 'udp') return listenUdp(port.hostAddress, port.hostPort, destination, log)
  return Promise.resolve({ retarget: () => {}, close: () => Promise.resolve(), drain: () => Promise.resolve() })
}

/** The container's address of the same family when it has one. */
export function destinationOf(port: PublishedPort, target: ForwardTarget): { host: string; port: number } {
  const host = port.hostAddress.includes(':') ? (target.ipv6 ?? target.ipv4) : (target.ipv4 ?? target.ipv6)
  if (host === undefined)
    throw new Error(`port ${port.containerPort}/${port.protocol} cannot be published: the container has no address`)
  return { host, port: port.containerPort }
}
