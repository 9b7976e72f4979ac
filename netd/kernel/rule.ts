/** rule.add, rule.delete: policy routing. */
import { parseCidr } from '../../api/address/cidr.ts'
import { ruleMessage, RTM_DELRULE, RTM_NEWRULE } from '../netlink/rtnetlink/rule.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/socket.ts'
import type { StepOf, Verb } from './verb.ts'

function message(step: StepOf<'rule.add'>): Parameters<typeof ruleMessage.write>[1] {
  const from = step.from === undefined ? undefined : parseCidr(step.from)
  const to = step.to === undefined ? undefined : parseCidr(step.to)
  return {
    family: from?.family ?? to?.family ?? 'ipv4',
    sourceLength: from?.prefixLength ?? 0,
    destinationLength: to?.prefixLength ?? 0,
    shortTable: step.table < 256 ? step.table : 0,
    action: 'table',
    priority: step.priority,
    ...(from === undefined ? {} : { source: from.address }),
    ...(to === undefined ? {} : { destination: to.address }),
    ...(step.mark === undefined ? {} : { mark: step.mark }),
    table: step.table,
  }
}

export const addRule: Verb<'rule.add'> = (session, step) => {
  session
    .in(step.namespace)
    .route.request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, (writer) => ruleMessage.write(writer, message(step)))
  return {}
}

export const deleteRule: Verb<'rule.delete'> = (session, step) => {
  session.in(step.namespace).route.request(RTM_DELRULE, 0, (writer) => ruleMessage.write(writer, message(step)))
  return {}
}
