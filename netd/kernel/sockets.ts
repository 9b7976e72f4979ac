/** Sockets in another namespace. The descriptor is the process's, so its number is all that crosses threads. */
import { constants } from 'node:os'
import { addressBytes } from '../../api/address/bytes.ts'
import { familyOf } from '../../api/address/family.ts'
import * as libc from '../native/libc.ts'
import type { ListeningSocket, Namespace } from './kernel.ts'
import type { Session } from './session.ts'

/** asm-generic/socket.h, linux/in6.h. */
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SOL_IPV6 = 41
const IPV6_V6ONLY = 26
const backlog = 511

const one = Buffer.from([1, 0, 0, 0])

/** struct sockaddr_in (16 bytes) or sockaddr_in6 (28): family, port in network order, and the address behind it. */
function socketAddress(address: string, port: number): Buffer {
  const isIpv4 = familyOf(address) === 'ipv4'
  const bytes = Buffer.alloc(isIpv4 ? 16 : 28)
  bytes.writeUInt16LE(isIpv4 ? libc.AF_INET : libc.AF_INET6, 0)
  bytes.writeUInt16BE(port, 2)
  addressBytes(address).copy(bytes, isIpv4 ? 4 : 8)
  return bytes
}

/** One that is not bound, for an address of this family; where it was made it stays, whoever connects it. */
export function openSocket(
  session: Session,
  namespace: Namespace,
  protocol: 'tcp' | 'udp',
  family: 'ipv4' | 'ipv6',
): number {
  const domain = family === 'ipv4' ? libc.AF_INET : libc.AF_INET6
  const type = protocol === 'tcp' ? libc.SOCK_STREAM : libc.SOCK_DGRAM
  return session.in(namespace).inside(() => libc.socket(domain, type | libc.SOCK_NONBLOCK, 0))
}

/** Close-on-exec and non-blocking, as libuv wants it. Port 0 takes a free one. An IPv6 socket leaves IPv4 to another. */
export function listen(
  session: Session,
  namespace: Namespace,
  protocol: 'tcp' | 'udp',
  address: string,
  port: number,
): ListeningSocket {
  const target = socketAddress(address, port)
  const isIpv6 = target.readUInt16LE(0) === libc.AF_INET6
  const fd = openSocket(session, namespace, protocol, familyOf(address))
  try {
    if (protocol === 'tcp') libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one)
    if (isIpv6) libc.setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, one)
    libc.bind(fd, target)
    if (protocol === 'tcp') libc.listen(fd, backlog)
    return { fd, port: libc.getsockname(fd).readUInt16BE(2) }
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

/** linux/in.h. */
const IPPROTO_SCTP = 132

/**
 * A bound SCTP socket of the daemon's own namespace, which Node has none of: it keeps the number from others. Throws as Node
 * does, with the error's code and number.
 */
export function holdSctp(address: string, port: number): { close: () => void } {
  const target = socketAddress(address, port)
  const isIpv6 = target.readUInt16LE(0) === libc.AF_INET6
  let fd: number | undefined
  try {
    fd = libc.socket(isIpv6 ? libc.AF_INET6 : libc.AF_INET, libc.SOCK_STREAM, IPPROTO_SCTP)
    if (isIpv6) libc.setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, one)
    libc.bind(fd, target)
  } catch (error) {
    if (fd !== undefined) libc.close(fd)
    if (!(error instanceof libc.SystemError)) throw error
    throw Object.assign(new Error(error.message, { cause: error }), {
      code: error.errno,
      errno: -(constants.errno as Record<string, number>)[error.errno]!,
    })
  }
  const held = fd
  return { close: () => libc.close(held) }
}
