/** Which VLANs a bridge's ports, and the bridge itself, are in: `bridge vlan`. */
import { attributes, eachAttribute } from '../netlink/codec/attributes.ts'
import { bytes, i32, u16, u32, u8 } from '../netlink/codec/format.ts'
import { Message } from '../netlink/codec/message.ts'
import { RTM_GETLINK } from '../netlink/rtnetlink/link.ts'
import type { Namespace } from './kernel.ts'
import type { BridgeVlan } from './model.ts'
import type { Session } from './session.ts'

/** AF_BRIDGE, linux/socket.h; RTEXT_FILTER_BRVLAN, linux/rtnetlink.h. */
const bridgeFamily = 7
const withVlans = 1 << 1
/** IFLA_BRIDGE_VLAN_INFO and BRIDGE_VLAN_INFO_*, linux/if_bridge.h. */
const vlanInfo = 2
const pvid = 1 << 1
const untagged = 1 << 2

/** struct ifinfomsg; IFLA_EXT_MASK and IFLA_AF_SPEC. */
const message = new Message(
  { family: u8, pad: u8, type: u16, index: i32, flags: u32, change: u32 },
  attributes({ extMask: [29, u32], bridge: [26, bytes] }),
)

export function readBridgeVlans(session: Session, namespace: Namespace): BridgeVlan[] {
  return session
    .in(namespace)
    .route.dump(RTM_GETLINK, (writer) => message.write(writer, { family: bridgeFamily, extMask: withVlans }))
    .map(({ body }) => message.read(body))
    .flatMap(({ index, bridge }) =>
      [...eachAttribute(Buffer.from(bridge ?? []))]
        .filter(({ type }) => type === vlanInfo)
        // struct bridge_vlan_info: flags and number.
        .map(({ value }) => ({ flags: value.readUInt16LE(0), vlan: value.readUInt16LE(2) }))
        .map(({ flags, vlan }) => ({
          linkIndex: index,
          vlan,
          isPvid: (flags & pvid) !== 0,
          isUntagged: (flags & untagged) !== 0,
        })),
    )
}
