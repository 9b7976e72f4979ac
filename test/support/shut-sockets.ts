/** Breaks another process's connections under it: the descriptor stays, and what it leads to is shut. */
import { readdirSync, readlinkSync } from 'node:fs'
import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const pidfdOpen = libc.func('int pidfd_open(int pid, unsigned int flags)')
const pidfdGetfd = libc.func('int pidfd_getfd(int pidfd, int target, unsigned int flags)')
const getsockopt = libc.func('int getsockopt(int fd, int level, int option, void *value, void *length)')
const shutdown = libc.func('int shutdown(int fd, int how)')
const close = libc.func('int close(int fd)')

const [SOL_SOCKET, SO_TYPE, SO_ACCEPTCONN, SHUT_RDWR] = [1, 3, 30, 2]
const SOCK_STREAM = 1

/** Every connection of the process; sockets that listen, or that no other end can break, are left. Gives how many there were. */
export function shutSockets(pid: number): number {
  const process = pidfdOpen(pid, 0) as number
  let count = 0
  for (const entry of readdirSync(`/proc/${pid}/fd`)) {
    if (!isSocket(`/proc/${pid}/fd/${entry}`)) continue
    const fd = pidfdGetfd(process, Number(entry), 0) as number
    if (fd < 0) continue
    const isConnection = option(fd, SO_TYPE) === SOCK_STREAM && option(fd, SO_ACCEPTCONN) === 0
    if (isConnection && shutdown(fd, SHUT_RDWR) === 0) count += 1
    close(fd)
  }
  close(process)
  return count
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    return false
  }
}

function option(fd: number, name: number): number {
  const [value, length] = [Buffer.alloc(4), Buffer.from([4, 0, 0, 0])]
  getsockopt(fd, SOL_SOCKET, name, value, length)
  return value.readInt32LE()
}
