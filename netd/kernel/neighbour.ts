/** neighbour.add, neighbour.delete. */
import { familyOf } from '../../api/address/family.ts'
import { neighbourMessage, RTM_DELNEIGH, RTM_NEWNEIGH } from '../netlink/rtnetlink/neighbour.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/socket.ts'
import { linkIndex } from './link.ts'
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
