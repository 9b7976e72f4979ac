/** neighbour.add, neighbour.delete, and reading neighbours. */
import { familyOf } from '../../api/address/family.ts'
import { neighbourMessage, RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from '../netlink/rtnetlink/neighbour.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { linkIndex } from './link.ts'
import type { Neighbour } from './model.ts'
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

export function readNeighbours(session: Session, namespace: Namespace): Neighbour[] {
  const messages = session.in(namespace).route.dump(RTM_GETNEIGH, (writer) => neighbourMessage.write(writer, {}))
  return messages.map(({ body }) => {
    const found = neighbourMessage.read(body)
    return {
      linkIndex: found.index,
      address: found.destination ?? '',
      ...(found.lladdr === undefined ? {} : { mac: found.lladdr }),
      state: found.state.join(',') || 'none',
    }
  })
}
