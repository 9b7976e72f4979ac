/** One question to the routing tables of a namespace, answered by the kernel itself: ip-route-get(8). */
import { addressBits, familyOf } from '../../api/address/family.ts'
import { NetlinkError } from '../netlink/error.ts'
import { routeMessage, RTM_GETROUTE } from '../netlink/rtnetlink/route.ts'
import type { Namespace } from './kernel.ts'
import type { RouteAnswer, RouteQuestion } from './model.ts'
import { toRoute } from './route.ts'
import type { Session } from './session.ts'

/** linux/rtnetlink.h: the true table, which IPv6 always tells; the entry of the table instead of what comes of it. */
const RTM_F_LOOKUP_TABLE = 0x1000
const RTM_F_FIB_MATCH = 0x2000

export function lookupRoute(session: Session, namespace: Namespace, question: RouteQuestion): RouteAnswer {
  const { route: socket } = session.in(namespace)
  const family = familyOf(question.destination)
  const ask = (flags: number): ReturnType<typeof routeMessage.read> | undefined => {
    const [answer] = socket.request(RTM_GETROUTE, 0, (writer) =>
      routeMessage.write(writer, {
        family,
        flags,
        destinationLength: addressBits[family],
        destination: question.destination,
        ...(question.source === undefined ? {} : { sourceLength: addressBits[family], source: question.source }),
        ...(question.inputIndex === undefined ? {} : { iif: question.inputIndex }),
        ...(question.outputIndex === undefined ? {} : { oif: question.outputIndex }),
        ...(question.mark === undefined || question.mark === 0 ? {} : { mark: question.mark }),
        ...(question.protocol === undefined ? {} : { ipProtocol: question.protocol }),
        ...(question.sourcePort === undefined ? {} : { sourcePort: question.sourcePort }),
        ...(question.destinationPort === undefined ? {} : { destinationPort: question.destinationPort }),
      }),
    )
    return answer === undefined ? undefined : routeMessage.read(answer.body)
  }
  try {
    const found = ask(family === 'ipv4' ? RTM_F_LOOKUP_TABLE : 0)
    if (found === undefined) throw new Error('RTM_GETROUTE was acknowledged without an answer')
    let entry: ReturnType<typeof ask>
    try {
      entry = ask(RTM_F_FIB_MATCH)
    } catch (error) {
      // Some answers are of no entry: a martian's, for one.
      if (!(error instanceof NetlinkError)) throw error
    }
    return {
      route: toRoute(found),
      ...(found.preferredSource === undefined ? {} : { source: found.preferredSource }),
      ...(entry === undefined ? {} : { entry: toRoute(entry) }),
    }
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error
    return { errno: error.errno, ...(error.detail === undefined ? {} : { detail: error.detail }) }
  }
}
