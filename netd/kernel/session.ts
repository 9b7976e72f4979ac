/**
 * The namespaces and sockets that one list of steps works with. Sockets of the daemon's own namespace are kept by the
 * thread; all others go when the session ends, because an open netlink socket keeps its namespace alive.
 */
import { closeSync, constants as open, fstatSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import * as libc from '../native/libc.ts'
import { NETLINK_NETFILTER, NETLINK_ROUTE, RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { ownNamespace } from './namespace.ts'

class NamespaceHandle {
  readonly #thread: Thread
  readonly fd: number
  #route: RequestSocket | undefined
  #netfilter: RequestSocket | undefined

  constructor(fd: number, thread: Thread) {
    this.fd = fd
    this.#thread = thread
  }

  /** Runs `work` with this thread in the namespace; whatever happens, the thread is at home afterwards. */
  inside<T>(work: () => T): T {
    if (this.fd === this.#thread.home) return work()
    libc.setns(this.fd, libc.CLONE_NEWNET)
    try {
      return work()
    } finally {
      this.#thread.goHome()
    }
  }

  get route(): RequestSocket {
    this.#route ??= this.inside(() => RequestSocket.open(NETLINK_ROUTE))
    return this.#route
  }

  get netfilter(): RequestSocket {
    this.#netfilter ??= this.inside(() => RequestSocket.open(NETLINK_NETFILTER))
    return this.#netfilter
  }

  close(discard: (socket: RequestSocket) => void): void {
    this.#route?.close()
    if (this.#netfilter !== undefined) discard(this.#netfilter)
    closeSync(this.fd)
  }
}

/** One per worker thread. */
export class Thread {
  /** Where the thread belongs. */
  readonly home = openSync(ownNamespace, 'r')
  /** Ends the thread: it is in a namespace where it must serve nobody. */
  readonly strand: (reason: string) => never
  /** Its sockets are kept: opening one anew takes time, and closing one waits for what it had deleted (see ./teardown.ts). */
  readonly #own = new NamespaceHandle(this.home, this)
  readonly #ownStat = fstatSync(this.home)

  /** Closes a netfilter socket, on which whoever does it may wait for 15 ms (see ./teardown.ts). */
  readonly discard: (socket: RequestSocket) => void

  constructor(strand: (reason: string) => never, discard = (socket: RequestSocket) => socket.close()) {
    this.strand = strand
    this.discard = discard
  }

  goHome(): void {
    try {
      libc.setns(this.home, libc.CLONE_NEWNET)
    } catch (error) {
      this.strand((error as Error).message)
    }
  }

  /**
   * The kept handle for the daemon's own namespace, whichever path leads there. Throws ENOENT when nothing is at the path, and
   * when it is but the file that a pin was mounted on: so it is for a moment while one is taken away.
   */
  open(path: Namespace): NamespaceHandle {
    if (path === ownNamespace) return this.#own
    // The path may be anybody's: a FIFO without a writer would keep the thread for good.
    const fd = openSync(path, open.O_RDONLY | open.O_NONBLOCK)
    const stat = fstatSync(fd)
    // All namespaces are files of the one nsfs.
    if (stat.dev === this.#ownStat.dev && stat.ino !== this.#ownStat.ino) return new NamespaceHandle(fd, this)
    closeSync(fd)
    if (stat.dev === this.#ownStat.dev) return this.#own
    const { ENOENT } = constants.errno
    throw Object.assign(new Error(`${path}: no namespace is pinned there`), { code: 'ENOENT', errno: -ENOENT, path })
  }

  release(handle: NamespaceHandle): void {
    if (handle !== this.#own) handle.close(this.discard)
  }

  /** Lets go of what the thread kept; nothing can be asked of it afterwards. */
  close(): void {
    this.#own.close((socket) => socket.close())
  }

  /** Runs `work` in a new namespace, then comes home; the new one lives on only if `work` pinned it. */
  insideNew<T>(work: () => T): T {
    libc.unshare(libc.CLONE_NEWNET)
    try {
      return work()
    } finally {
      this.goHome()
    }
  }
}

export class Session implements Disposable {
  readonly thread: Thread
  readonly #handles = new Map<Namespace, NamespaceHandle>()
  /** Interface indexes by namespace and name, as learned in this session. */
  readonly indexes = new Map<string, number>()

  constructor(thread: Thread) {
    this.thread = thread
  }

  /** Throws ENOENT when nothing is at the path. */
  in(namespace: Namespace): NamespaceHandle {
    let handle = this.#handles.get(namespace)
    if (handle === undefined) {
      handle = this.thread.open(namespace)
      this.#handles.set(namespace, handle)
    }
    return handle
  }

  /** Lets go of a namespace, so that it can end. */
  forget(namespace: Namespace): void {
    const handle = this.#handles.get(namespace)
    if (handle !== undefined) this.thread.release(handle)
    this.#handles.delete(namespace)
    for (const key of this.indexes.keys()) if (key.startsWith(`${namespace}\0`)) this.indexes.delete(key)
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles.values()) this.thread.release(handle)
    this.#handles.clear()
    this.indexes.clear()
  }
}
