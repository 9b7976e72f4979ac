import type { GuardLog } from '../../guard.ts'
import { holdSctp } from '../../kernel/sockets.ts'
import type { PublishedPort } from '../../store/records.ts'
import type { ForwardTarget } from '../protocol.ts'
import { listenTcp } from './forward-tcp.ts'
import { listenUdp } from './forward-udp.ts'
import { destinationOf, type Forwarding } from './forwarding.ts'

/** Binds the port; rejects with the system's error. */
export async function bindPort(port: PublishedPort, target: ForwardTarget, log: GuardLog): Promise<Forwarding> {
  const destination = destinationOf(port, target)
  if (port.protocol === 'tcp') return listenTcp(port.hostAddress, port.hostPort, destination, log)
  if (port.protocol === 'udp') return listenUdp(port.hostAddress, port.hostPort, destination, log)
  return bindSctp(port)
}

/** The kernel's path alone serves it. */
function bindSctp({ hostAddress, hostPort }: PublishedPort): Forwarding {
  try {
    const socket = holdSctp(hostAddress, hostPort)
    const close = async (): Promise<void> => socket.close()
    return { retarget: () => {}, close, drain: close }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EPROTONOSUPPORT', 'ESOCKTNOSUPPORT'].includes(code)) throw error
    throw new Error(
      `port ${hostPort}/sctp cannot be published: this kernel has no SCTP (CONFIG_IP_SCTP; load the module sctp)`,
      { cause: error },
    )
  }
}
