/** netns.create, netns.delete: a namespace lives as long as something holds it; here, a bind mount of its nsfs file. */
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as libc from '../native/libc.ts'
import { IFF_UP, linkMessage, RTM_SETLINK } from '../netlink/rtnetlink/link.ts'
import { NETLINK_ROUTE, RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { Verb } from './verb.ts'

/** Loopback is the first interface of every namespace (net/core/dev.c, LOOPBACK_IFINDEX). */
const loopbackIndex = 1

/** EEXIST when the path is taken. `lo` is up, as Docker and CNI have it. */
export const createNamespace: Verb<'netns.create'> = (session, { path }) => {
  mkdirSync(dirname(path), { recursive: true })
  closeSync(openSync(path, 'wx', 0o444))
  try {
    session.thread.insideNew(() => {
      const socket = RequestSocket.open(NETLINK_ROUTE)
      try {
        socket.request(RTM_SETLINK, 0, (writer) =>
          linkMessage.write(writer, { index: loopbackIndex, flags: ['up'], change: IFF_UP }),
        )
      } finally {
        socket.close()
      }
      // /proc/thread-self, because /proc/self is the process's first thread, which is still at home.
      libc.mount('/proc/thread-self/ns/net', path, 'none', libc.MS_BIND)
    })
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
  return {}
}

/** Takes the pin away, mounted or not; the kernel ends the namespace when its last process and socket have gone. */
export const deleteNamespace: Verb<'netns.delete'> = (session, { path }) => {
  session.forget(path)
  try {
    libc.umount2(path, libc.MNT_DETACH)
  } catch (error) {
    // umount(2): the path is no mount point. Whoever made the file was ended before the mount.
    if ((error as libc.SystemError).errno !== 'EINVAL') throw error
  }
  rmSync(path)
  return {}
}

export function namespaceInode(namespace: Namespace): number {
  return statSync(namespace).ino
}
