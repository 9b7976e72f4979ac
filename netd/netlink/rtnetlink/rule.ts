/** RTM_*RULE: linux/fib_rules.h. */
import { family, ip } from '../address.ts'
import { attributes } from '../codec/attributes.ts'
import { enumeration, string, u32, u8 } from '../codec/format.ts'
import { Message } from '../codec/message.ts'

export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34

/** struct fib_rule_hdr; a table above 255 stands in FRA_TABLE. */
const header = {
  family,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  shortTable: u8,
  reserved1: u8,
  reserved2: u8,
  action: enumeration(u8, { unspec: 0, table: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 }),
  flags: u32,
} as const

export const ruleMessage = new Message(
  header,
  attributes({
    destination: [1, ip],
    source: [2, ip],
    iifname: [3, string],
    goto: [4, u32],
    priority: [6, u32],
    mark: [10, u32],
    suppressPrefixLength: [14, u32],
    table: [15, u32],
    markMask: [16, u32],
    oifname: [17, string],
    protocol: [21, u8],
  }),
)
