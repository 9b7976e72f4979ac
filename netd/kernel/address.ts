/** address.add, address.delete, and reading addresses. */
import { parseCidr } from '../../api/address/cidr.ts'
import { addressMessage, RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR } from '../netlink/rtnetlink/address.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import { linkIndex } from './link.ts'
import type { Address } from './model.ts'
import type { Session } from './session.ts'
import type { StepOf, Verb } from './verb.ts'

function message(session: Session, step: StepOf<'address.add'>): Parameters<typeof addressMessage.write>[1] {
  const { address, prefixLength, family } = parseCidr(step.address)
  return {
    family,
    prefixLength,
    index: linkIndex(session, step.namespace, step.link),
    local: address,
    address,
    ...(step.broadcast === undefined ? {} : { broadcast: step.broadcast }),
  }
}

export const addAddress: Verb<'address.add'> = (session, step) => {
  const wanted = { ...message(session, step), ...(step.isNoDad === true ? { flags: ['nodad' as const] } : {}) }
  session
    .in(step.namespace)
    .route.request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, (writer) => addressMessage.write(writer, wanted))
  return {}
}

export const deleteAddress: Verb<'address.delete'> = (session, step) => {
  const unwanted = message(session, step)
  session.in(step.namespace).route.request(RTM_DELADDR, 0, (writer) => addressMessage.write(writer, unwanted))
  return {}
}

export function readAddresses(session: Session, namespace: Namespace): Address[] {
  const messages = session.in(namespace).route.dump(RTM_GETADDR, (writer) => addressMessage.write(writer, {}))
  return messages.map(({ body }) => {
    const found = addressMessage.read(body)
    return {
      linkIndex: found.index,
      // IFA_ADDRESS is the peer's on a point-to-point link; IFA_LOCAL is absent for IPv6 (linux/if_addr.h).
      address: `${found.local ?? found.address ?? ''}/${found.prefixLength}`,
      family: found.family === 'ipv4' ? 'ipv4' : 'ipv6',
      scope: typeof found.scope === 'number' ? 'global' : found.scope,
      ...(found.label === undefined ? {} : { label: found.label }),
      ...(found.flags?.some((flag) => flag === 'tentative' || flag === 'dadfailed') ? { isTentative: true } : {}),
    }
  })
}
