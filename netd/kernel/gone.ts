/**
 * The end of links, as the kernel announces it. RTM_DELLINK is said once a link is out of every table, its addresses and
 * routes are gone and its name is free (unregister_netdevice_many_notify, net/core/dev.c); whoever asked for the delete is
 * held up for another RCU barrier (10-25 ms), after which its memory is freed. Nobody else has to wait for that.
 */
import * as libc from '../native/libc.ts'
import { linkMessage, RTM_DELLINK } from '../netlink/rtnetlink/link.ts'
import { NETLINK_ROUTE, type Received } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { listenTo, openNotifications, stopListening } from './notifications.ts'
import type { Session } from './session.ts'

/** RTNLGRP_LINK, linux/rtnetlink.h. */
const linkGroup = 1

/** On a kernel thread. */
export function openLinkEnds(session: Session, namespace: Namespace): number {
  return session.in(namespace).inside(() => openNotifications(NETLINK_ROUTE, [linkGroup]))
}

interface Waiter {
  left: Set<string>
  resolve: () => void
}

/** On the main thread, of one namespace. */
export class LinkEnds {
  readonly #fd: number
  readonly #waiters = new Set<Waiter>()

  /** Of `openLinkEnds`. */
  constructor(fd: number) {
    this.#fd = fd
    // Whoever waits has the ack of the delete itself to go by.
    listenTo(fd, { onMessage: (message) => this.#note(message), onLost: () => this.#waiters.clear() })
  }

  #note({ type, body }: Received): void {
    if (type !== RTM_DELLINK || this.#waiters.size === 0) return
    const { family, ifname } = linkMessage.read(body)
    // A port that leaves its bridge is told as RTM_DELLINK, too, of AF_BRIDGE.
    if (family !== 0 || ifname === undefined) return
    for (const waiter of this.#waiters) if (waiter.left.delete(ifname) && waiter.left.size === 0) waiter.resolve()
  }

  /** Resolves once the end of every one of these links, which are about to be deleted, was told; perhaps never. */
  untilGone(names: string[]): { gone: Promise<void>; forget: () => void } {
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    const waiter = { left: new Set(names), resolve }
    this.#waiters.add(waiter)
    return { gone, forget: () => void this.#waiters.delete(waiter) }
  }

  close(): void {
    stopListening(this.#fd)
    libc.close(this.#fd)
  }
}
