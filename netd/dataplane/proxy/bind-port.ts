import type { GuardLog } from '../../guard.ts'
import type { PublishedPort } from '../../store/records.ts'
import type { ForwardTarget } from '../protocol.ts'
import { listenTcp } from './forward-tcp.ts'
import { listenUdp } from './forward-udp.ts'
import { destinationOf, type Forwarding } from './forwarding.ts'

/** Binds the port; rejects with the system's error. SCTP has no sockets in Node: the kernel path alone serves it, and only the number is held. */
export function bindPort(port: PublishedPort, target: ForwardTarget, log: GuardLog): Promise<Forwarding> {
  const destination = destinationOf(port, target)
  if (port.protocol === 'tcp') return listenTcp(port.hostAddress, port.hostPort, destination, log)
  if (port.protocol === 'udp') return listenUdp(port.hostAddress, port.hostPort, destination, log)
  return Promise.resolve({ retarget: () => {}, close: () => Promise.resolve(), drain: () => Promise.resolve() })
}
