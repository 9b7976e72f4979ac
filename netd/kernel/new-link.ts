/** link.add: each kind of link, and how it is born. */
import { randomBytes } from 'node:crypto'
import { NetlinkError } from '../netlink/error.ts'
import {
  IFF_UP,
  linkMessage,
  noLinkLocalLearning,
  RTM_DELLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
  type LinkMessage,
} from '../netlink/rtnetlink/link.ts'
import { NLM_F_CREATE, NLM_F_EXCL, type RequestSocket } from '../netlink/socket.ts'
import { isGone, toKernelError, undoCause } from './failure.ts'
import type { LinkKind, Namespace } from './kernel.ts'
import { linkIndex, plainSettings, readMessage, setPort } from './link.ts'
import { birthGroup } from './birth-group.ts'
import type { Session } from './session.ts'
import type { StepOf, Verb } from './verb.ts'

/** IFLA_LINKINFO of a new link. */
function linkinfo(
  session: Session,
  namespace: Namespace,
  kind: LinkKind,
): Parameters<typeof linkMessage.write>[1]['linkinfo'] {
  switch (kind.kind) {
    case 'bridge':
      return {
        kind: 'bridge',
        ...(kind.isLearningLinkLocal === false ? { data: { booleans: noLinkLocalLearning } } : {}),
      }
    case 'veth': {
      const { peer } = kind
      const fd = peer.namespace === namespace ? {} : { netNsFd: session.in(peer.namespace).fd }
      return { kind: 'veth', data: { peer: { ifname: peer.name, ...fd, ...plainSettings(peer) } } }
    }
    case 'macvlan':
      return { kind: 'macvlan', data: { mode: kind.mode } }
    case 'ipvlan':
      return { kind: 'ipvlan', data: { mode: kind.mode, flags: kind.flag === 'bridge' ? [] : [kind.flag] } }
    case 'dummy':
      return { kind: 'dummy' }
    case 'vlan':
      return { kind: 'vlan', data: { id: kind.id } }
    default:
      return {
        kind: 'vxlan',
        data: {
          id: kind.id,
          ...(kind.parent === undefined ? {} : { link: linkIndex(session, namespace, kind.parent) }),
          ...(kind.group === undefined
            ? {}
            : kind.group.includes(':')
              ? { group6: kind.group }
              : { group: kind.group }),
          ...(kind.local === undefined
            ? {}
            : kind.local.includes(':')
              ? { local6: kind.local }
              : { local: kind.local }),
          learning: kind.learning ?? true,
          // 4789 is IANA's, RFC 7348; the kernel's own default is older.
          port: kind.port ?? 4789,
        },
      }
  }
}

/** What a link that rides on another says of it; the request has to be made where that other one is. */
function parentOf(session: Session, namespace: Namespace, kind: LinkKind): { link?: number } {
  if (kind.kind !== 'macvlan' && kind.kind !== 'ipvlan' && kind.kind !== 'vlan') return {}
  try {
    return { link: linkIndex(session, namespace, kind.parent) }
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.errno !== 'ENODEV') throw error
    const detail = `the requested parent interface ${kind.parent} was not found on the host`
    throw new NetlinkError({ errno: error.errno, description: error.description, detail })
  }
}

/** Makes the link, down, and gives the name that it was born under. */
function bear(session: Session, step: StepOf<'link.add'>): string {
  const { namespace } = step
  const origin = (step.kind === 'macvlan' || step.kind === 'ipvlan' ? step.parentNamespace : undefined) ?? namespace
  const isElsewhere = origin !== namespace
  // The kernel looks for a link of that name where the request is made (rtnl_newlink, net/core/rtnetlink.c), and the parent's
  // namespace is likely to have an eth0 of its own.
  const ifname = isElsewhere ? `new${randomBytes(6).toString('hex')}` : step.name
  const master =
    step.master === undefined || step.master === null ? {} : { master: linkIndex(session, namespace, step.master) }
  const parent = parentOf(session, origin, step)
  // A bridge that is told its MTU at birth has it from its ports all the same; told later, it keeps it (br_mtu_auto_adjust,
  // net/bridge/br_if.c).
  const { mtu: _, ...withoutMtu } = plainSettings(step)
  const settings = {
    ...(step.kind === 'bridge' ? withoutMtu : plainSettings(step)),
    ...(step.alias === undefined ? {} : { group: birthGroup(step.alias) }),
  }
  const birthplace = isElsewhere ? { netNsFd: session.in(namespace).fd } : {}
  const request = (linkinfo: Parameters<typeof linkMessage.write>[1]['linkinfo']): unknown =>
    session
      .in(origin)
      .route.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, (writer) =>
        linkMessage.write(writer, { ifname, ...settings, ...parent, ...master, ...birthplace, linkinfo }),
      )
  try {
    request(linkinfo(session, namespace, step))
  } catch (error) {
    if (step.kind !== 'dummy' || !(error instanceof NetlinkError) || error.errno !== 'EOPNOTSUPP') throw error
    request({ kind: 'ifb' })
  }
  return ifname
}

/** What cannot be said at birth: the alias (rtnl_create_link), and what needs the link to be where it belongs. */
function finishLink(socket: RequestSocket, step: StepOf<'link.add'>, index: number, birthName: string): void {
  if (step.port !== undefined) setPort(socket, index, step.port)
  const rest: Parameters<typeof linkMessage.write>[1] = {
    // A port comes up only when it is in its bridge.
    ...(step.isUp === true ? { flags: ['up'], change: IFF_UP } : {}),
    ...(step.alias === undefined ? {} : { ifalias: step.alias, group: 0 }),
    ...(birthName === step.name ? {} : { ifname: step.name }),
    ...(step.kind === 'bridge' && step.mtu !== undefined ? { mtu: step.mtu } : {}),
    // A passthru link is born with its parent's (macvlan_common_newlink, drivers/net/macvlan.c), and then changes both.
    ...(step.kind === 'macvlan' && step.mode === 'passthru' && step.mac !== undefined ? { address: step.mac } : {}),
  }
  if (Object.keys(rest).length === 0) return
  socket.request(RTM_SETLINK, 0, (writer) => linkMessage.write(writer, { index, ...rest }))
}

/** A request without a parent is refused for that by the kind itself (EINVAL), and before by a kernel that does not know the kind. */
export function hasLinkKind(session: Session, namespace: Namespace, kind: 'macvlan' | 'ipvlan'): boolean {
  try {
    session
      .in(namespace)
      .route.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, (writer) =>
        linkMessage.write(writer, { ifname: `new${randomBytes(6).toString('hex')}`, linkinfo: { kind } }),
      )
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'EINVAL') return true
    if (error instanceof NetlinkError && error.errno === 'EOPNOTSUPP') return false
    throw error
  }
  throw new Error(`the kernel has made a ${kind} link without a parent`)
}

export const addLink: Verb<'link.add'> = (session, step) => {
  const { namespace, name } = step
  const birthName = bear(session, step)
  const socket = session.in(namespace).route
  let made: LinkMessage | undefined
  try {
    made = readMessage(socket, { ifname: birthName })
    finishLink(socket, step, made.index, birthName)
    session.indexes.set(`${namespace}\0${name}`, made.index)
    return { result: { index: made.index, ...(made.address === undefined ? {} : { mac: made.address }) } }
  } catch (error) {
    // A step is done whole or not at all: what follows only knows how to undo finished steps.
    const which = made === undefined ? { ifname: birthName } : { index: made.index }
    try {
      socket.request(RTM_DELLINK, 0, (writer) => linkMessage.write(writer, which))
    } catch (failure) {
      const cause = toKernelError(`link.delete ${namespace} ${birthName}`, failure)
      if (error instanceof Error && !isGone(cause)) error.cause = undoCause([cause])
    }
    throw error
  }
}
