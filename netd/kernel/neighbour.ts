/** neighbour.add, neighbour.delete, and reading neighbours and forwarding databases. */
import { familyOf } from '../../api/address/family.ts'
import type { Decoded } from '../netlink/codec/message.ts'
import { neighbourMessage, NTF_SELF, RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from '../netlink/rtnetlink/neighbour.ts'
import { NLM_F_CREATE, NLM_F_EXCL, type RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { linkIndex } from './link.ts'
import type { ForwardingEntry, Neighbour } from './model.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const addNeighbour: Verb<'neighbour.add'> = (session, step) => {
  const index = linkIndex(session, step.namespace, step.link)
  session.in(step.namespace).route.request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, (writer) =>
    neighbourMessage.write(writer, {
      family: familyOf(step.address),
      index,
      state: ['permanent'],
      destination: step.address,
      lladdr: step.mac,
    }),
  )
  return {}
}

export const deleteNeighbour: Verb<'neighbour.delete'> = (session, step) => {
  const index = linkIndex(session, step.namespace, step.link)
  session
    .in(step.namespace)
    .route.request(RTM_DELNEIGH, 0, (writer) =>
      neighbourMessage.write(writer, { family: familyOf(step.address), index, destination: step.address }),
    )
  return {}
}

type NeighbourMessage = Decoded<typeof neighbourMessage>

/** AF_BRIDGE, linux/socket.h: neighbours of this family are the entries of bridges' forwarding databases. */
const bridgeFamily = 7

function dump({ route }: { route: RequestSocket }, family: 'ipv4' | 'ipv6' | number): NeighbourMessage[] {
  return (
    route
      .dump(RTM_GETNEIGH, (writer) => neighbourMessage.write(writer, { family }))
      .map(({ body }) => neighbourMessage.read(body))
      // A kernel without the family answers with every one it has.
      .filter((message) => message.family === family)
  )
}

export function readNeighbours(session: Session, namespace: Namespace): Neighbour[] {
  const handle = session.in(namespace)
  return [...dump(handle, 'ipv4'), ...dump(handle, 'ipv6')].map(({ index, destination, lladdr, state }) => ({
    linkIndex: index,
    address: destination ?? '',
    ...(lladdr === undefined ? {} : { mac: lladdr }),
    state: state.join(',') || 'none',
  }))
}

/** Of the bridges' own databases; what a driver keeps for itself (NTF_SELF, a vxlan's) is left out. */
export function readForwardingDatabase(session: Session, namespace: Namespace): ForwardingEntry[] {
  return dump(session.in(namespace), bridgeFamily)
    .filter(({ lladdr, flags, master }) => lladdr !== undefined && (master !== undefined || (flags & NTF_SELF) === 0))
    .map(({ index, lladdr, master, vlan, state }) => ({
      mac: lladdr!,
      linkIndex: index,
      ...(master === undefined ? {} : { masterIndex: master }),
      ...(vlan === undefined ? {} : { vlan }),
      isPermanent: state.includes('permanent'),
      isStatic: state.includes('noarp'),
    }))
}
