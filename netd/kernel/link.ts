/** link.set, link.delete, and reading links. */
import { NetlinkError } from '../netlink/error.ts'
import {
  IFF_UP,
  linkMessage,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
  withoutStatistics,
  type LinkMessage,
} from '../netlink/rtnetlink/link.ts'
import type { RequestSocket } from '../netlink/socket.ts'
import type { LinkSettings, Namespace } from './kernel.ts'
import type { Link } from './model.ts'
import type { Session } from './session.ts'
import type { StepOf, Verb } from './verb.ts'

export function readMessage(socket: RequestSocket, selector: { ifname: string } | { index: number }): LinkMessage {
  const [answer] = socket.request(RTM_GETLINK, 0, (writer) =>
    linkMessage.write(writer, { ...selector, extMask: withoutStatistics }),
  )
  if (answer === undefined) throw new Error('RTM_GETLINK was acknowledged without an answer')
  return linkMessage.read(answer.body)
}

/** ENODEV when there is none of this name. */
export function linkIndex(session: Session, namespace: Namespace, name: string): number {
  const key = `${namespace}\0${name}`
  let index = session.indexes.get(key)
  if (index === undefined) {
    index = readMessage(session.in(namespace).route, { ifname: name }).index
    session.indexes.set(key, index)
  }
  return index
}

export function plainSettings(step: LinkSettings): Parameters<typeof linkMessage.write>[1] {
  return {
    ...(step.mac === undefined ? {} : { address: step.mac }),
    ...(step.mtu === undefined ? {} : { mtu: step.mtu }),
  }
}

export function setPort(socket: RequestSocket, index: number, port: NonNullable<LinkSettings['port']>): void {
  // RTM_SETLINK does not look at IFLA_LINKINFO; RTM_NEWLINK of a link that exists does (rtnl_changelink).
  socket.request(RTM_NEWLINK, 0, (writer) =>
    linkMessage.write(writer, {
      index,
      linkinfo: {
        slaveKind: 'bridge',
        slaveData: {
          ...(port.isHairpin === undefined ? {} : { hairpin: port.isHairpin }),
          ...(port.isIsolated === undefined ? {} : { isolated: port.isIsolated }),
        },
      },
    }),
  )
}

/** What `step` is about to overwrite. */
function settingsBefore(session: Session, step: StepOf<'link.set'>, now: LinkMessage): LinkSettings {
  const socket = session.in(step.namespace).route
  const port =
    now.linkinfo?.slaveKind === 'bridge' && !(now.linkinfo.slaveData instanceof Uint8Array)
      ? now.linkinfo.slaveData
      : undefined
  return {
    ...(step.mac === undefined || now.address === undefined ? {} : { mac: now.address }),
    ...(step.mtu === undefined || now.mtu === undefined ? {} : { mtu: now.mtu }),
    ...(step.alias === undefined ? {} : { alias: now.ifalias ?? '' }),
    ...(step.isUp === undefined ? {} : { isUp: now.flags.includes('up') }),
    ...(step.master === undefined
      ? {}
      : { master: now.master === undefined ? null : (readMessage(socket, { index: now.master }).ifname ?? null) }),
    ...(port === undefined || (step.port === undefined && step.master === undefined)
      ? {}
      : { port: { isHairpin: port.hairpin === true, isIsolated: port.isolated === true } }),
  }
}

export const setLink: Verb<'link.set'> = (session, step) => {
  const { namespace } = step
  const socket = session.in(namespace).route
  const now = readMessage(socket, { ifname: step.name })
  const { index } = now
  const before = settingsBefore(session, step, now)
  const master =
    step.master === undefined ? undefined : step.master === null ? 0 : linkIndex(session, namespace, step.master)
  socket.request(RTM_SETLINK, 0, (writer) =>
    linkMessage.write(writer, {
      index,
      ...(step.isUp === undefined ? {} : { flags: step.isUp ? ['up'] : [], change: IFF_UP }),
      ...plainSettings(step),
      ...(step.newName === undefined ? {} : { ifname: step.newName }),
      ...(step.alias === undefined ? {} : { ifalias: step.alias }),
      ...(master === undefined ? {} : { master }),
    }),
  )
  session.indexes.delete(`${namespace}\0${step.name}`)
  session.indexes.set(`${namespace}\0${step.newName ?? step.name}`, index)
  if (step.port !== undefined && step.master !== null) setPort(socket, index, step.port)
  return { before: { link: before } }
}

export const deleteLink: Verb<'link.delete'> = (session, { namespace, name }) => {
  session.in(namespace).route.request(RTM_DELLINK, 0, (writer) => linkMessage.write(writer, { ifname: name }))
  session.indexes.delete(`${namespace}\0${name}`)
  return {}
}

/** Undefined when there is none of this index or name. */
export function readLink(session: Session, namespace: Namespace, which: number | string): Link | undefined {
  try {
    return toLink(
      readMessage(session.in(namespace).route, typeof which === 'number' ? { index: which } : { ifname: which }),
    )
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'ENODEV') return undefined
    throw error
  }
}

export function readLinks(session: Session, namespace: Namespace): Link[] {
  const messages = session
    .in(namespace)
    .route.dump(RTM_GETLINK, (writer) => linkMessage.write(writer, { extMask: withoutStatistics }))
  return messages.map(({ body }) => toLink(linkMessage.read(body)))
}

function toLink(message: LinkMessage): Link {
  return {
    index: message.index,
    name: message.ifname ?? '',
    ...(message.linkinfo?.kind === undefined ? {} : { kind: message.linkinfo.kind }),
    mac: message.address ?? '',
    mtu: message.mtu ?? 0,
    isUp: message.flags.includes('up'),
    hasCarrier: message.carrier ?? message.flags.includes('lower-up'),
    isLoopback: message.flags.includes('loopback'),
    ...(message.flags.includes('noarp') ? { isNoArp: true } : {}),
    ...(message.master === undefined ? {} : { masterIndex: message.master }),
    ...(message.link === undefined ? {} : { linkIndex: message.link }),
    ...(message.linkNetnsid === undefined ? {} : { linkNetnsId: message.linkNetnsid }),
    ...(message.ifalias === undefined ? {} : { alias: message.ifalias }),
    group: message.group ?? 0,
    ...kindDetails(message),
  }
}

/** BR_STATE_FORWARDING, linux/if_bridge.h. */
const portForwards = 3

function kindDetails({ linkinfo }: LinkMessage): Partial<Link> {
  const details: Partial<Link> = {}
  const { kind, data, slaveKind, slaveData } = linkinfo ?? {}
  if (data !== undefined && !(data instanceof Uint8Array)) {
    if (kind === 'bridge' && 'vlanFiltering' in data) details.isVlanFiltering = data.vlanFiltering === true
    if (kind === 'macvlan' && 'mode' in data) details.macvlanMode = String(data.mode)
    if (kind === 'vlan' && 'id' in data && data.id !== undefined) details.vlanId = data.id
  }
  if (slaveKind === 'bridge' && slaveData !== undefined && !(slaveData instanceof Uint8Array)) {
    details.port = {
      isForwarding: slaveData.state === portForwards,
      isIsolated: slaveData.isolated === true,
      isHairpin: slaveData.hairpin === true,
      isFlooding: slaveData.unicastFlood !== false,
      isLearning: slaveData.learning !== false,
    }
  }
  return details
}
