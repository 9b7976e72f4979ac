/**
 * The namespaces and sockets that one list of steps works with. Sockets of the daemon's own namespace are kept by the
 * thread; all others go when the session ends, because an open netlink socket keeps its namespace alive.
 */
import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import * as libc from '../native/libc.ts'
import { NETLINK_NETFILTER, NETLINK_ROUTE, RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { ownNamespace } from './namespace.ts'
import type { Notice } from './protocol.ts'

class NamespaceHandle {
  readonly #home: number
  readonly fd: number
  #route: RequestSocket | undefined
  #netfilter: RequestSocket | undefined

  /** @param home where the thread belongs; the handle of that namespace itself has the same descriptor. */
  constructor(fd: number, home: number) {
    this.fd = fd
    this.#home = home
  }

  /** Runs `work` with this thread in the namespace; whatever happens, the thread is at home afterwards. */
  inside<T>(work: () => T): T {
    if (this.fd === this.#home) return work()
    libc.setns(this.fd, libc.CLONE_NEWNET)
    try {
      return work()
    } finally {
      libc.setns(this.#home, libc.CLONE_NEWNET)
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

  close(): void {
    this.#route?.close()
    this.#netfilter?.close()
    closeSync(this.fd)
  }
}

/** Two paths lead to one namespace when they name the same inode of nsfs, ioctl_ns(2). */
const identity = ({ dev, ino }: { dev: number; ino: number }): string => `${dev} ${ino}`

/** One per worker thread. */
export class Thread {
  /** Says something to the daemon unasked. */
  readonly tell: (notice: Notice) => void
  readonly #home = openSync(ownNamespace, 'r')
  /** Its sockets are kept: opening one anew takes time, and closing one waits for what it had deleted (see ./teardown.ts). */
  readonly #own = new NamespaceHandle(this.#home, this.#home)
  readonly #ownIdentity = identity(fstatSync(this.#home))

  constructor(tell: (notice: Notice) => void) {
    this.tell = tell
  }

  /** The kept handle for the daemon's own namespace, whichever path leads there. Throws ENOENT when nothing is at the path. */
  open(path: Namespace): NamespaceHandle {
    if (path === ownNamespace || identity(statSync(path)) === this.#ownIdentity) return this.#own
    return new NamespaceHandle(openSync(path, 'r'), this.#home)
  }

  close(handle: NamespaceHandle): void {
    if (handle !== this.#own) handle.close()
  }

  /** Runs `work` in a new namespace, then comes home; the new one lives on only if `work` pinned it. */
  insideNew<T>(work: () => T): T {
    libc.unshare(libc.CLONE_NEWNET)
    try {
      return work()
    } finally {
      libc.setns(this.#home, libc.CLONE_NEWNET)
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
    if (handle !== undefined) this.thread.close(handle)
    this.#handles.delete(namespace)
    for (const key of this.indexes.keys()) if (key.startsWith(`${namespace}\0`)) this.indexes.delete(key)
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles.values()) this.thread.close(handle)
    this.#handles.clear()
    this.indexes.clear()
  }
}
