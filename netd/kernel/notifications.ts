/**
 * Notification sockets, read on the daemon's main thread. Node has no way to wait for a netlink socket, and a thread that
 * blocks on them would cost 8 MB; so the kernel taps the main thread on the shoulder: a socket with something to read
 * raises SIGURG on it (F_SETSIG and F_SETOWN_EX, fcntl(2)), which by default is ignored, so that no tap can end anybody.
 */
import { constants } from 'node:os'
import * as libc from '../native/libc.ts'
import { eachMessage, type Received } from '../netlink/socket.ts'

export interface NotificationListener {
  /** The message is valid until it returns. */
  onMessage(message: Received): void
  /** Notifications were lost (ENOBUFS), or one could not be read: what was learned is no longer sure. */
  onLost(): void
}

/** struct sockaddr_nl, linux/netlink.h: family, padding, port (0: the kernel chooses), and the groups as bits. */
function groupsAddress(groups: number[]): Buffer {
  const address = Buffer.alloc(12)
  address.writeUInt16LE(libc.AF_NETLINK, 0)
  for (const group of groups) address[8 + ((group - 1) >> 3)]! |= 1 << ((group - 1) & 7)
  return address
}

const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
/** Four hundred bridges that go at once are told in half a megabyte. */
const receiveBufferBytes = Buffer.from(Uint32Array.of(2 << 20).buffer)

/** In the namespace that the calling thread is in, which may be any thread. The descriptor belongs to the caller. */
export function openNotifications(protocol: number, groups: number[]): number {
  const fd = libc.socket(libc.AF_NETLINK, libc.SOCK_RAW, protocol)
  try {
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBufferBytes)
    // The first thread of a process has the process's number.
    libc.raiseWhenReadable(fd, constants.signals.SIGURG, process.pid)
    libc.bind(fd, groupsAddress(groups))
  } catch (error) {
    libc.close(fd)
    throw error
  }
  return fd
}

/** NLMSG_GOODSIZE bounds what one notification is; larger ones are told as lost. */
const buffer = Buffer.alloc(64 << 10)
/** So many datagrams of one socket are read before others have their turn. */
const fairShare = 64

const open = new Map<number, NotificationListener>()

/** On the main thread. */
export function listenTo(fd: number, listener: NotificationListener): void {
  if (open.size === 0) process.on('SIGURG', readAll)
  open.set(fd, listener)
  // What came before now has raised its signal already.
  read(fd, listener)
}

/** The descriptor remains the caller's to close. */
export function stopListening(fd: number): void {
  open.delete(fd)
  if (open.size === 0) process.off('SIGURG', readAll)
}

/** What is there already, without waiting for its tap. */
export function readNow(fd: number): void {
  const listener = open.get(fd)
  if (listener !== undefined) read(fd, listener)
}

function readAll(): void {
  for (const [fd, listener] of open) read(fd, listener)
}

function read(fd: number, listener: NotificationListener): void {
  for (let count = 0; count < fairShare; count++) {
    try {
      const length = libc.recvNow(fd, buffer)
      if (length === 0) return
      if (length > buffer.length) listener.onLost()
      else for (const message of eachMessage(buffer.subarray(0, length))) listener.onMessage(message)
    } catch {
      // The socket is as good as before: after ENOBUFS, the next datagram is the oldest that was kept.
      listener.onLost()
    }
    if (open.get(fd) !== listener) return
  }
  setImmediate(readAll)
}
