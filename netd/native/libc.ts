/**
 * The libc boundary: the only file that knows koffi. Every call runs on the calling thread (which is what setns and
 * unshare are about) and throws SystemError when the call fails.
 */
import { constants as os } from 'node:os'
import koffi from 'koffi'
import { errnoName } from './errno.ts'

const libc = koffi.load('libc.so.6')

// Buffers are declared `void *`: koffi then passes their address and the kernel reads and writes them in place.
const c = {
  setns: libc.func('int setns(int fd, int nstype)'),
  unshare: libc.func('int unshare(int flags)'),
  mount: libc.func(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  ),
  umount2: libc.func('int umount2(const char *target, int flags)'),
  mkfifo: libc.func('int mkfifo(const char *path, uint32_t mode)'),
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  bind: libc.func('int bind(int fd, void *address, uint32_t length)'),
  listen: libc.func('int listen(int fd, int backlog)'),
  getsockname: libc.func('int getsockname(int fd, void *address, void *length)'),
  setsockopt: libc.func('int setsockopt(int fd, int level, int option, void *value, uint32_t length)'),
  send: libc.func('long send(int fd, void *bytes, unsigned long length, int flags)'),
  recv: libc.func('long recv(int fd, void *bytes, unsigned long length, int flags)'),
  recvmmsg: libc.func('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)'),
  sendmmsg: libc.func('int sendmmsg(int fd, void *messages, uint32_t count, int flags)'),
  close: libc.func('int close(int fd)'),
  malloc_trim: libc.func('int malloc_trim(size_t padding)'),
  madvise: libc.func('int madvise(size_t start, size_t length, int advice)'),
  // One function in C, whose last argument is a number or an address.
  fcntl: libc.func('int fcntl(int fd, int command, long argument)'),
  fcntlAddress: libc.func('fcntl', 'int', ['int', 'int', 'void *']),
  strerror: libc.func('const char *strerror(int number)'),
}

/** A failed system call. */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly syscall: string
  /** `EPERM`, … */
  readonly errno: string
  /** strerror(3). */
  readonly description: string

  constructor(syscall: string, number: number) {
    const errno = errnoName(number)
    const description = strerror(number)
    super(`${syscall}: ${description} (${errno})`)
    this.syscall = syscall
    this.errno = errno
    this.description = description
  }
}

/** What strerror(3) says. */
export function strerror(number: number): string {
  return c.strerror(number) as string
}

function call(name: Exclude<keyof typeof c, 'strerror'>, ...values: unknown[]): number {
  const result: unknown = c[name](...values)
  if (typeof result !== 'number') throw new TypeError(`${name} gave no number`)
  if (result < 0) throw new SystemError(name, koffi.errno())
  return result
}

/** sched.h. */
export const CLONE_NEWNET = 0x40000000

/** Moves the calling thread. */
export function setns(fd: number, type: number): void {
  call('setns', fd, type)
}

export function unshare(flags: number): void {
  call('unshare', flags)
}

/** sys/mount.h. */
export const MS_NOSUID = 2
export const MS_NODEV = 4
export const MS_NOEXEC = 8
export const MS_BIND = 0x1000
export const MNT_DETACH = 2

/** @param data the file system's own options, `mode=711`. */
export function mount(source: string, target: string, type: string, flags: number, data: string | null = null): void {
  call('mount', source, target, type, flags, data)
}

export function umount2(target: string, flags: number): void {
  call('umount2', target, flags)
}

/** Node has no call of its own for it. */
export function mkfifo(path: string, mode: number): void {
  call('mkfifo', path, mode)
}

/** bits/socket.h, bits/socket_type.h; every socket is close-on-exec. */
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

export function socket(domain: number, type: number, protocol: number): number {
  return call('socket', domain, type | SOCK_CLOEXEC, protocol)
}

export function bind(fd: number, address: Buffer): void {
  call('bind', fd, address, address.length)
}

export function listen(fd: number, backlog: number): void {
  call('listen', fd, backlog)
}

/** The raw sockaddr. */
export function getsockname(fd: number): Buffer {
  const address = Buffer.alloc(128)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(address.length)
  call('getsockname', fd, address, length)
  return address.subarray(0, length.readUInt32LE())
}

export function setsockopt(fd: number, level: number, option: number, value: Buffer): void {
  call('setsockopt', fd, level, option, value, value.length)
}

export function send(fd: number, bytes: Buffer): number {
  return call('send', fd, bytes, bytes.length, 0)
}

const MSG_TRUNC = 0x20

/** Of a socket that does not block: as recv, or 0 when there is nothing; no datagram of netlink is empty. */
export function recvNow(fd: number, into: Buffer): number {
  const length = c.recv(fd, into, into.length, MSG_TRUNC) as number
  if (length >= 0) return length
  const number = koffi.errno()
  if (number === os.errno.EAGAIN) return 0
  throw new SystemError('recv', number)
}

/** Of a buffer's bytes, which stay where they are for as long as it lives: for structures that point. */
export const addressOf = (buffer: Buffer): bigint => koffi.address(buffer)

const MSG_DONTWAIT = 0x40
const nothingYet = new Set<number>([os.errno.EAGAIN, os.errno.EINTR, os.errno.ECONNREFUSED])

/** How many of the struct mmsghdr were filled: none when nothing is there, or the socket has an error to tell of one peer. */
export function recvmmsg(fd: number, headers: Buffer, count: number): number {
  return countOf('recvmmsg', c.recvmmsg(fd, headers, count, MSG_DONTWAIT, null) as number)
}

/** How many were sent; of the others the first would have had to wait, or its peer has told of an error. */
export function sendmmsg(fd: number, headers: Buffer, count: number): number {
  return countOf('sendmmsg', c.sendmmsg(fd, headers, count, MSG_DONTWAIT) as number)
}

function countOf(name: string, result: number): number {
  if (result >= 0) return result
  const number = koffi.errno()
  if (nothingYet.has(number)) return 0
  throw new SystemError(name, number)
}

/** asm-generic/fcntl.h. */
const F_SETFL = 4
const F_SETSIG = 10
const F_SETOWN_EX = 15
const F_OWNER_TID = 0
const O_NONBLOCK = 0o4000
const O_ASYNC = 0o20000

/** From now on the descriptor does not block, and raises the signal on the thread whenever there is something to read. */
export function raiseWhenReadable(fd: number, signal: number, threadId: number): void {
  // struct f_owner_ex
  const owner = Buffer.alloc(8)
  owner.writeInt32LE(F_OWNER_TID, 0)
  owner.writeInt32LE(threadId, 4)
  call('fcntlAddress', fd, F_SETOWN_EX, owner)
  call('fcntl', fd, F_SETSIG, signal)
  call('fcntl', fd, F_SETFL, O_NONBLOCK | O_ASYNC)
}

/** Bytes of the datagram, which may be more than `into` could hold. */
export function recv(fd: number, into: Buffer): number {
  return call('recv', fd, into, into.length, MSG_TRUNC)
}

export function close(fd: number): void {
  call('close', fd)
}

/** Gives free memory at the ends of malloc's heaps, and whole pages inside them, back to the kernel. */
export function malloc_trim(): void {
  call('malloc_trim', 0)
}

/** sys/mman.h: of a clean file mapping, forgets what is in it; it is read again from the file. */
export const MADV_DONTNEED = 4

export function madvise(start: bigint, length: bigint, advice: number): void {
  call('madvise', start, length, advice)
}
