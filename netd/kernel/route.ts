/** route.add, route.delete, and reading routes. */
import { parseCidr } from '../../api/address/cidr.ts'
import { familyOf, type IpFamily } from '../../api/address/family.ts'
import { NetlinkError } from '../netlink/error.ts'
import {
  mainTable,
  routeDestination,
  routeMessage,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_NEWROUTE,
} from '../netlink/rtnetlink/route.ts'
import { NLM_F_CREATE, NLM_F_EXCL, type Received, type RequestSocket } from '../netlink/socket.ts'
import { unpackDestinations, type Destinations } from './destinations.ts'
import type { Namespace } from './kernel.ts'
import { linkIndex } from './link.ts'
import type { Route } from './model.ts'
import type { Session } from './session.ts'
import type { StepOf, Verb } from './verb.ts'

/** RTM_F_CLONED: a cached exception of a route, not one. */
const cloned = 0x200

type Message = Parameters<typeof routeMessage.write>[1]

function message(session: Session, step: StepOf<'route.add'>): Message {
  const table = step.table ?? mainTable
  const destination = step.destination === 'default' ? undefined : parseCidr(step.destination)
  const family = destination?.family ?? familyOf(step.via ?? '0.0.0.0')
  return {
    family,
    destinationLength: destination?.prefixLength ?? 0,
    // A table above 255 stands in RTA_TABLE only.
    shortTable: table < 256 ? table : 0,
    ...(destination === undefined || destination.prefixLength === 0 ? {} : { destination: destination.address }),
    ...(step.via === undefined ? {} : { gateway: step.via }),
    ...(step.link === undefined ? {} : { oif: linkIndex(session, step.namespace, step.link) }),
    ...(step.metric === undefined ? {} : { priority: step.metric }),
    table,
  }
}

export const addRoute: Verb<'route.add'> = (session, step) => {
  const type = step.type ?? 'unicast'
  const wanted: Message = {
    ...message(session, step),
    type,
    // As ip-route(8) chooses: `boot`, which it prints as nothing, and link scope for what needs no gateway.
    protocol: 'boot',
    scope: type === 'unicast' && step.via === undefined ? 'link' : 'global',
  }
  session
    .in(step.namespace)
    .route.request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, (writer) => routeMessage.write(writer, wanted))
  return {}
}

export const deleteRoute: Verb<'route.delete'> = (session, step) => {
  // `nowhere` and no type or protocol: whatever they are.
  const unwanted: Message = {
    ...message(session, step),
    scope: 'nowhere',
    ...(step.type === undefined ? {} : { type: step.type }),
  }
  session.in(step.namespace).route.request(RTM_DELROUTE, 0, (writer) => routeMessage.write(writer, unwanted))
  return {}
}

type Destination = ReturnType<typeof routeDestination>

/** Of one table or, without it, of all; without those to the subnets of `except`. */
export function readRoutes(session: Session, namespace: Namespace, table?: number, except?: Destinations): Route[] {
  const unwanted = except === undefined ? undefined : unpackDestinations(except)
  return read(session, namespace, table, (destination) => unwanted?.has(destination ?? '') !== true)
}

/** Of one table, those to these subnets. */
export function readRoutesTo(session: Session, namespace: Namespace, table: number, subnets: Destinations): Route[] {
  const wanted = unpackDestinations(subnets)
  return read(session, namespace, table, (destination) => wanted.has(destination ?? ''))
}

function read(
  session: Session,
  namespace: Namespace,
  table: number | undefined,
  isWanted: (destination: Destination) => boolean,
): Route[] {
  const socket = session.in(namespace).route
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    dumpTable(socket, family, table, isWanted)
      .map(({ body }) => routeMessage.read(body))
      // A kernel without IPv6 answers the request for it with every family it has.
      .filter((route) => route.family === family && (route.flags & cloned) === 0)
      .map((route) => toRoute(route)),
  )
}

/** Under NETLINK_GET_STRICT_CHK the kernel gives only what matches the request's header (ip_valid_fib_dump_req, net/ipv4/fib_frontend.c). */
function dumpTable(
  socket: RequestSocket,
  family: IpFamily,
  table: number | undefined,
  isWanted: (destination: Destination) => boolean,
): Received[] {
  try {
    return socket.dump(
      RTM_GETROUTE,
      (writer) => routeMessage.write(writer, { family, ...(table === undefined ? {} : { shortTable: table }) }),
      (...body) => isWanted(routeDestination(...body)),
    )
  } catch (error) {
    // The namespace has no such table yet: the first route or rule makes it.
    if (table !== undefined && error instanceof NetlinkError && error.errno === 'ENOENT') return []
    throw error
  }
}

export function toRoute(route: ReturnType<typeof routeMessage.read>): Route {
  const { type, scope } = route
  const unspecified = route.family === 'ipv4' ? '0.0.0.0' : '::'
  return {
    family: route.family === 'ipv4' ? 'ipv4' : 'ipv6',
    destination:
      route.destinationLength === 0 ? 'default' : `${route.destination ?? unspecified}/${route.destinationLength}`,
    ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
    ...(route.oif === undefined ? {} : { linkIndex: route.oif }),
    table: route.table ?? route.shortTable,
    ...(route.priority === undefined ? {} : { metric: route.priority }),
    type: typeof type === 'number' || type === 'unspec' || type === 'throw' || type === 'nat' ? 'other' : type,
    scope: typeof scope === 'number' ? 'global' : scope,
  }
}
