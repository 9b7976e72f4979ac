import { expect, test } from 'vitest'
import { addressMessage, RTM_NEWADDR } from '../../../../netd/netlink/rtnetlink/address.ts'
import { neighbourMessage } from '../../../../netd/netlink/rtnetlink/neighbour.ts'
import { routeMessage, RTM_NEWROUTE } from '../../../../netd/netlink/rtnetlink/route.ts'
import { ruleMessage } from '../../../../netd/netlink/rtnetlink/rule.ts'
import { roundTrip } from '../captured.ts'

test('ip addr add 10.0.0.1/24 broadcast 10.0.0.255 dev va', () => {
  const { type, value } = roundTrip(
    addressMessage,
    `3000000014000506300c036b00000000                             # nlmsghdr: RTM_NEWADDR, create, exclusive
     0218000003000000                                             # ifaddrmsg: AF_INET /24, index 3
     080002000a000001 080004000a0000ff 080001000a000001           # IFA_LOCAL, IFA_BROADCAST, IFA_ADDRESS`,
  )
  expect(type).toBe(RTM_NEWADDR)
  expect(value).toMatchObject({
    family: 'ipv4',
    prefixLength: 24,
    index: 3,
    local: '10.0.0.1',
    broadcast: '10.0.0.255',
    address: '10.0.0.1',
  })
})

test('ip addr add fd00::1/64 dev va nodad', () => {
  const { value } = roundTrip(
    addressMessage,
    '4000000014000506300c036b000000000a4002000300000014000200fd00000000000000000000000000000114000100fd000000000000000000000000000001',
  )
  expect(value).toMatchObject({ family: 'ipv6', prefixLength: 64, shortFlags: 2, local: 'fd00::1' })
})

test('what the kernel tells of an address', () => {
  const { value } = roundTrip(
    addressMessage,
    `5400000014002200560c036b2f460000 0218800003000000 080001000a000001 080002000a000001 080004000a0000ff
     0700030076610000 0800080080000000 14000600ffffffffffffffff1d0a06001d0a0600`,
  )
  expect(value).toMatchObject({ label: 'va', flags: ['permanent'], scope: 'global' })
})

test('ip route add 192.168.0.0/16 via 10.0.0.2 metric 7 table 1000', () => {
  const { type, value } = roundTrip(
    routeMessage,
    `3c00000018000506300c036b00000000                             # nlmsghdr: RTM_NEWROUTE, create, exclusive
     021000000003000100000000                                     # rtmsg: AF_INET /16, no table, boot, universe, unicast
     08000100c0a80000 080005000a000002 0800060007000000           # RTA_DST, RTA_GATEWAY, RTA_PRIORITY
     08000f00e8030000                                             # RTA_TABLE 1000`,
  )
  expect(type).toBe(RTM_NEWROUTE)
  expect(value).toMatchObject({
    destinationLength: 16,
    protocol: 'boot',
    scope: 'global',
    type: 'unicast',
    destination: '192.168.0.0',
    gateway: '10.0.0.2',
    priority: 7,
    table: 1000,
  })
})

test('ip route add blackhole 10.9.0.0/16', () => {
  const { value } = roundTrip(routeMessage, '2400000018000506300c036b0000000002100000fe03000600000000080001000a090000')
  expect(value).toMatchObject({ shortTable: 254, type: 'blackhole', destination: '10.9.0.0' })
})

test('ip rule add from 10.1.0.0/16 to 10.2.0.0/16 fwmark 5 lookup 1000 priority 99', () => {
  const { value } = roundTrip(
    ruleMessage,
    '4400000020000506300c036b00000000021010000000000100000000080002000a010000080001000a02000008000a000500000008000f00e80300000800060063000000',
  )
  expect(value).toMatchObject({
    action: 'table',
    source: '10.1.0.0',
    destination: '10.2.0.0',
    mark: 5,
    table: 1000,
    priority: 99,
  })
})

test('ip neigh add 10.0.0.2 lladdr 02:42:ac:11:00:02 nud permanent dev va', () => {
  const { value } = roundTrip(
    neighbourMessage,
    '300000001c000506310c036b00000000020000000300000080000000080001000a0000020a0002000242ac1100020000',
  )
  expect(value).toMatchObject({ index: 3, state: ['permanent'], destination: '10.0.0.2', lladdr: '02:42:ac:11:00:02' })
})
