/** RTM_*NSID: linux/net_namespace.h: the number by which one namespace knows another. */
import { attributes } from '../codec/attributes.ts'
import { i32, u32, u8 } from '../codec/format.ts'
import { Message } from '../codec/message.ts'

export const RTM_GETNSID = 90

/** NETNSA_NSID_NOT_ASSIGNED. */
export const notAssigned = -1

export const nsidMessage = new Message(
  { family: u8 },
  attributes({ nsid: [1, i32], pid: [2, u32], fd: [3, u32], targetNsid: [4, i32], currentNsid: [5, i32] }),
)
