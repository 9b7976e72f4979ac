/**
 * The end of links, as the kernel announces it. RTM_DELLINK is said once a link is out of every table, its addresses and
 * routes are gone and its name is free (unregister_netdevice_many_notify, net/core/dev.c); whoever asked for the delete is
 * held up for another RCU barrier (10-25 ms), after which its memory is freed. Nobody else has to wait for that.
 */
import { RawNetlinkSocket } from 'netlink'
import { NetlinkError } from '../netlink/error.ts'
import { linkMessage, RTM_DELLINK } from '../netlink/rtnetlink/link.ts'
import { eachMessage, NETLINK_ROUTE } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { linkIndex } from './link.ts'
import type { Session } from './session.ts'

/** RTNLGRP_LINK, linux/rtnetlink.h. */
const linkGroup = 1

const waiting = new Map<number, RawNetlinkSocket>()

/** Resolves once none of these links is there; never, when that could not be told or `stopWaiting` was called. */
export function untilGone(session: Session, id: number, namespace: Namespace, names: string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const socket = session.in(namespace).inside(() => {
    const socket = new RawNetlinkSocket(NETLINK_ROUTE)
    socket.addMembership(linkGroup)
    return socket
  })
  waiting.set(id, socket)
  // Lost notifications (ENOBUFS): the ack of the delete itself will have to do.
  socket.on('error', () => stopWaiting(id))
  const left = new Set(names.flatMap((name) => present(session, namespace, name)))
  const settle = (): void => {
    if (left.size > 0) return
    stopWaiting(id)
    resolve()
  }
  socket.on('message', (datagram) => {
    for (const { type, body } of eachMessage(datagram)) {
      if (type !== RTM_DELLINK) continue
      const { family, index } = linkMessage.read(body)
      // A port that leaves its bridge is told as RTM_DELLINK, too, of AF_BRIDGE.
      if (family === 0) left.delete(index)
    }
    settle()
  })
  settle()
  return promise
}

/** Asked for after the subscription, so that no end can fall between the two. */
function present(session: Session, namespace: Namespace, name: string): number[] {
  try {
    return [linkIndex(session, namespace, name)]
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'ENODEV') return []
    throw error
  }
}

export function stopWaiting(id: number): void {
  waiting.get(id)?.close()
  waiting.delete(id)
}
