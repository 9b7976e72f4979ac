/**
 * The routes of a namespace's main table that lead elsewhere than to what is known, read again only when they may have
 * changed. The kernel tells of every new route, and of a route's end by itself or by that of its link (fib_flush says
 * nothing, net/ipv4/fib_frontend.c); what it tells is read at the moment of the question, so nothing is missed.
 */
import * as libc from '../native/libc.ts'
import { RTM_DELLINK, RTM_NEWLINK } from '../netlink/rtnetlink/link.ts'
import { mainTable, routeDestination, RTM_DELROUTE, RTM_NEWROUTE } from '../netlink/rtnetlink/route.ts'
import { NETLINK_ROUTE, type Received } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { Route } from './model.ts'
import { listenTo, openNotifications, readNow, stopListening } from './notifications.ts'
import type { Session } from './session.ts'

/** RTNLGRP_LINK, RTNLGRP_IPV4_ROUTE and RTNLGRP_IPV6_ROUTE, linux/rtnetlink.h. */
const groups = [1, 7, 11]

/** On a kernel thread. */
export function openRouteView(session: Session, namespace: Namespace): number {
  return session.in(namespace).inside(() => openNotifications(NETLINK_ROUTE, groups))
}

type Destination = ReturnType<typeof routeDestination>

/** So many destinations are remembered; more are as good as all. */
const mostTouched = 1024

/** On the main thread, of one namespace. */
export class RouteView {
  readonly #fd: number
  #routes: Route[] | undefined
  /** Links that the routes lead through; undefined while that is being read. */
  #through: Set<number | undefined> | undefined
  /** What was known when the routes were read, which lack the routes to it. */
  #known = new Set<Destination>()
  /** Where routes have come or gone since; whether that is news depends on what is known when somebody asks. */
  readonly #touched = new Set<Destination>()

  /** Of `openRouteView`. */
  constructor(fd: number) {
    this.#fd = fd
    listenTo(fd, { onMessage: (message) => this.#note(message), onLost: () => this.#forget() })
  }

  /** @param read all but those to `known`, anew. */
  async routes(known: Set<Destination>, read: () => Promise<Route[]>): Promise<Route[]> {
    readNow(this.#fd)
    const isNews = this.#touched.difference(known).size > 0 || !this.#known.isSubsetOf(known)
    if (this.#routes !== undefined && this.#through !== undefined && !isNews) {
      this.#touched.clear()
      return this.#routes
    }
    this.#touched.clear()
    this.#through = undefined
    this.#known = known
    // Whatever is told from here on, it may have been after the reading.
    this.#routes = []
    const routes = await read()
    if (this.#routes !== undefined) {
      this.#routes = routes
      this.#through = new Set(routes.map(({ linkIndex }) => linkIndex))
    }
    return routes
  }

  #note({ type, body }: Received): void {
    if (type === RTM_NEWROUTE || type === RTM_DELROUTE) {
      // rtm_table: struct rtmsg, linux/rtnetlink.h. A table above 255 has another value there.
      if (body[4] === mainTable) this.#touched.add(routeDestination(body, 0, body.length))
      if (this.#touched.size > mostTouched) this.#forget()
    } else if (type === RTM_DELLINK || (type === RTM_NEWLINK && this.#through?.has(body.readInt32LE(4)) !== false)) {
      this.#forget()
    }
  }

  #forget(): void {
    this.#routes = undefined
    this.#touched.clear()
  }

  close(): void {
    stopListening(this.#fd)
    libc.close(this.#fd)
  }
}
