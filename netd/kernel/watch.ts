/**
 * Notifications of a namespace, on sockets of the `netlink` package, which live in this thread's event loop. An open socket
 * keeps its namespace alive, so a watch ends before its namespace does.
 */
import { RawNetlinkSocket } from 'netlink'
import { eachMessage, NETLINK_NETFILTER, NETLINK_ROUTE } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { Session } from './session.ts'

export type Change = 'link' | 'address' | 'route' | 'neighbour' | 'nftables' | 'resync'

/** RTNLGRP_*, linux/rtnetlink.h: links, neighbours, addresses and routes of both families. */
const routeGroups = [1, 3, 5, 7, 9, 11]
/** NFNLGRP_NFTABLES, linux/netfilter/nfnetlink.h. */
const nftablesGroup = 7

/** RTM_NEW* and RTM_DEL* come in fours from 16 on. */
const routeChanges = new Map<number, Change>([
  [16, 'link'],
  [17, 'link'],
  [20, 'address'],
  [21, 'address'],
  [24, 'route'],
  [25, 'route'],
  [28, 'neighbour'],
  [29, 'neighbour'],
])

const open = new Map<number, RawNetlinkSocket[]>()

function subscribe(
  protocol: number,
  groups: number[],
  tell: (change: Change) => void,
  changeOf: (type: number) => Change | undefined,
): RawNetlinkSocket {
  const socket = new RawNetlinkSocket(protocol)
  socket.on('message', (datagram) => {
    for (const { type } of eachMessage(datagram)) {
      const change = changeOf(type)
      if (change !== undefined) tell(change)
    }
  })
  // ENOBUFS: notifications were lost, so what was learned is no longer sure. Any other failure means the same to who watches.
  socket.on('error', () => tell('resync'))
  for (const group of groups) socket.addMembership(group)
  return socket
}

/** Each kind of change is told once per turn of the event loop, however many messages brought it. */
export function startWatch(
  session: Session,
  id: number,
  namespace: Namespace,
  tell: (changes: Change[]) => void,
): void {
  const pending = new Set<Change>()
  const note = (change: Change): void => {
    if (pending.size === 0) {
      setImmediate(() => {
        const changes = [...pending]
        pending.clear()
        if (open.has(id)) tell(changes)
      })
    }
    pending.add(change)
  }
  session.in(namespace).inside(() => {
    const sockets = [subscribe(NETLINK_ROUTE, routeGroups, note, (type) => routeChanges.get(type))]
    open.set(id, sockets)
    sockets.push(subscribe(NETLINK_NETFILTER, [nftablesGroup], note, () => 'nftables'))
  })
}

export function stopWatch(id: number): void {
  for (const socket of open.get(id) ?? []) socket.close()
  open.delete(id)
}
