/**
 * What kinds of thing change in a namespace. An open socket keeps its namespace alive, so a watch ends before its
 * namespace does.
 */
import { NETLINK_NETFILTER, NETLINK_ROUTE } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { listenTo, openNotifications, stopListening } from './notifications.ts'
import type { Session } from './session.ts'
import * as libc from '../native/libc.ts'

export type Change = 'link' | 'address' | 'route' | 'neighbour' | 'forwarding' | 'nftables' | 'resync'

/** RTNLGRP_*, linux/rtnetlink.h: links, neighbours, addresses, routes and settings (netconf) of both families. */
const routeGroups = [1, 3, 5, 7, 9, 11, 24, 25]
/** NFNLGRP_NFTABLES, linux/netfilter/nfnetlink.h. */
const nftablesGroup = 7

/** RTM_NEW* and RTM_DEL* come in fours from 16 on; RTM_NEWNETCONF tells of forwarding and few others (net/ipv4/devinet.c). */
const routeChanges = new Map<number, Change>([
  [16, 'link'],
  [17, 'link'],
  [20, 'address'],
  [21, 'address'],
  [24, 'route'],
  [25, 'route'],
  [28, 'neighbour'],
  [29, 'neighbour'],
  [80, 'forwarding'],
])

export interface WatchSockets {
  route: number
  netfilter: number
}

/** On a kernel thread. */
export function openWatch(session: Session, namespace: Namespace): WatchSockets {
  return session.in(namespace).inside(() => {
    const route = openNotifications(NETLINK_ROUTE, routeGroups)
    try {
      return { route, netfilter: openNotifications(NETLINK_NETFILTER, [nftablesGroup]) }
    } catch (error) {
      libc.close(route)
      throw error
    }
  })
}

/** On the main thread. Each kind of change is told once per turn of the event loop, however many messages brought it. */
export function startWatch({ route, netfilter }: WatchSockets, tell: (change: Change) => void): void {
  const pending = new Set<Change>()
  const note = (change: Change | undefined): void => {
    if (change === undefined) return
    if (pending.size === 0) {
      setImmediate(() => {
        const changes = [...pending]
        pending.clear()
        for (const change of changes) tell(change)
      })
    }
    pending.add(change)
  }
  const onLost = (): void => note('resync')
  listenTo(route, { onMessage: ({ type }) => note(routeChanges.get(type)), onLost })
  listenTo(netfilter, { onMessage: () => note('nftables'), onLost })
}

/** On the main thread; the sockets are still to be closed, and not there: see ./teardown.ts. */
export function stopWatch({ route, netfilter }: WatchSockets): void {
  stopListening(route)
  stopListening(netfilter)
}
