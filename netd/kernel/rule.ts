/** rule.add, rule.delete, and reading rules: policy routing. */
import { parseCidr } from '../../api/address/cidr.ts'
import type { Decoded } from '../netlink/codec/message.ts'
import { ruleMessage, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE } from '../netlink/rtnetlink/rule.ts'
import { NLM_F_CREATE, NLM_F_EXCL } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { PolicyRule } from './model.ts'
import type { Session } from './session.ts'
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

/** In the order that the kernel asks them. */
export function readRules(session: Session, namespace: Namespace): PolicyRule[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    session
      .in(namespace)
      .route.dump(RTM_GETRULE, (writer) => ruleMessage.write(writer, { family }))
      .map(({ body }) => ruleMessage.read(body))
      .filter((rule) => rule.family === family)
      .map((rule) => ({
        family,
        priority: rule.priority ?? 0,
        table: rule.table ?? rule.shortTable,
        text: ruleText(rule),
      })),
  )
}

/** As ip-rule(8) prints it. */
function ruleText(rule: Decoded<typeof ruleMessage>): string {
  const words = [
    `from ${rule.source === undefined ? 'all' : `${rule.source}/${rule.sourceLength}`}`,
    ...(rule.destination === undefined ? [] : [`to ${rule.destination}/${rule.destinationLength}`]),
    ...(rule.mark === undefined ? [] : [`fwmark 0x${rule.mark.toString(16)}`]),
    ...(rule.iifname === undefined ? [] : [`iif ${rule.iifname}`]),
    ...(rule.oifname === undefined ? [] : [`oif ${rule.oifname}`]),
    rule.action === 'table' ? `lookup ${tableName(rule.table ?? rule.shortTable)}` : String(rule.action),
  ]
  return `${rule.priority ?? 0}: ${words.join(' ')}`
}

/** iproute2's etc/iproute2/rt_tables. */
export const tableName = (table: number): string =>
  ({ 253: 'default', 254: 'main', 255: 'local' })[table] ?? String(table)
