import { getSystemErrorMessage } from 'node:util'
import type { GuardLog } from '../../guard.ts'
import type { PublishedPort } from '../../store/records.ts'
import type { ForwardTarget } from '../protocol.ts'
import { bindPort } from './bind-port.ts'
import type { Forwarding } from './forwarding.ts'

export interface Bound {
  port: PublishedPort
  /** Absent while somebody else has the socket: the number is the container's all the same, and nobody else of ours gets it. */
  forwarding?: Forwarding
}

/** Undefined when somebody else has the port and another one will do. */
export async function bindAll(
  ports: PublishedPort[],
  target: ForwardTarget,
  isFixed: boolean,
  log: GuardLog,
): Promise<Bound[] | undefined> {
  const bound: Bound[] = []
  for (const port of ports) {
    try {
      bound.push({ port, forwarding: await bindPort(port, target, log) })
    } catch (error) {
      const { code, errno } = error as NodeJS.ErrnoException
      if (port.hostAddress === '::' && bound.length > 0 && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'))
        continue
      await closeAll(bound)
      if (code === 'EADDRINUSE' && !isFixed) return undefined
      if (code === undefined || errno === undefined) throw error
      throw refusal(port, { code, errno }, error)
    }
  }
  return bound
}

type Failure = Pick<NodeJS.ErrnoException, 'code' | 'errno'>

/** As dockerd words it. */
export function refusal(port: PublishedPort, failure: Failure, cause?: unknown): Error {
  return new Error(`Error starting userland proxy: ${sentence(port, { message: '', ...failure })}`, { cause })
}

export async function closeAll(bound: Bound[]): Promise<void> {
  await Promise.all(bound.flatMap(({ forwarding }) => (forwarding === undefined ? [] : [forwarding.close()])))
}

/** As Go words what net.Listen met. */
export function sentence(port: PublishedPort, { code, errno, message }: Failure & { message: string }): string {
  const why = code === undefined || errno === undefined ? message : reason(code, errno)
  return `listen ${describe(port)}: bind: ${why}`
}

/** `tcp4 0.0.0.0:80`, `udp6 [::]:53`: as Go's net package words it. */
function describe({ protocol, hostAddress, hostPort }: PublishedPort): string {
  return hostAddress.includes(':')
    ? `${protocol}6 [${hostAddress}]:${hostPort}`
    : `${protocol}4 ${hostAddress}:${hostPort}`
}

/** strerror(3); libuv words this one differently. */
function reason(code: string, errno: number): string {
  return code === 'EADDRNOTAVAIL' ? 'cannot assign requested address' : getSystemErrorMessage(errno)
}
