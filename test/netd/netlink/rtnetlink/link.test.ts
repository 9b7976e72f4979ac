import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { linkMessage, RTM_NEWLINK } from '../../../../netd/netlink/rtnetlink/link.ts'
import { captured, encode, meaningRoundTrip, roundTrip } from '../captured.ts'

test('ip link add name va mtu 1400 address 02:42:ac:11:00:01 type veth peer name vb mtu 1400', () => {
  const { type, value } = meaningRoundTrip(
    linkMessage,
    `7000000010000506300c036b00000000                                    # nlmsghdr: 112 bytes, RTM_NEWLINK, create, exclusive
     00000000000000000000000000000000                                    # ifinfomsg
     0800040078050000                                                    # IFLA_MTU 1400
     0a0001000242ac1100010000                                            # IFLA_ADDRESS
     0700030076610000                                                    # IFLA_IFNAME va
     34001200 0800010076657468 28000200                                  # IFLA_LINKINFO: IFLA_INFO_KIND veth, IFLA_INFO_DATA:
       24000100 00000000000000000000000000000000                         #   VETH_INFO_PEER: ifinfomsg
         0800040078050000 0700030076620000                               #   IFLA_MTU 1400, IFLA_IFNAME vb`,
  )
  expect(type).toBe(RTM_NEWLINK)
  expect(value).toMatchObject({
    mtu: 1400,
    address: '02:42:ac:11:00:01',
    ifname: 'va',
    linkinfo: { kind: 'veth', data: { peer: { mtu: 1400, ifname: 'vb' } } },
  })
})

test('ip link add name br0 type bridge', () => {
  const { value } = meaningRoundTrip(
    linkMessage,
    '3800000010000506300c036b00000000000000000000000000000000000000000800030062723000100012000a0001006272696467650000',
  )
  expect(value).toMatchObject({ ifname: 'br0', linkinfo: { kind: 'bridge' } })
})

test('ip link set va master br0', () => {
  const { value } = roundTrip(
    linkMessage,
    '2800000010000500300c036b000000000000000003000000000000000000000008000a0004000000',
  )
  expect(value).toMatchObject({ index: 3, master: 4 })
})

test('ip link set va type bridge_slave hairpin on isolated on: the same attribute is read by the kind beside it', () => {
  const { body } = captured(
    '4800000010000500300c036b000000000000000003000000000000000000000028001200100001006272696467655f736c6176651400050005000400010000000500210001000000',
  )
  // iproute2 writes the kind `bridge_slave`, which the kernel takes for `bridge` of the slave; ours is IFLA_INFO_SLAVE_KIND.
  expect(linkMessage.read(body).linkinfo).toMatchObject({
    kind: 'bridge_slave',
    slaveData: Buffer.from('05000400010000000500210001000000', 'hex'),
  })
  const ours = encode(linkMessage, {
    index: 3,
    linkinfo: { slaveKind: 'bridge', slaveData: { hairpin: true, isolated: true } },
  })
  expect(linkMessage.read(ours).linkinfo).toEqual({ slaveKind: 'bridge', slaveData: { hairpin: true, isolated: true } })
})

test('ip link add name mv link va type macvlan mode bridge', () => {
  const { value } = meaningRoundTrip(
    linkMessage,
    '4c00000010000506300c036b00000000000000000000000000000000000000000800050003000000070003006d7600001c0012000b0001006d6163766c616e000c0002000800010004000000',
  )
  expect(value).toMatchObject({ ifname: 'mv', link: 3, linkinfo: { kind: 'macvlan', data: { mode: 'bridge' } } })
})

test('ip link add name vx type vxlan id 42 group 239.1.1.1 local 10.0.0.1 dstport 4789 dev va nolearning', () => {
  const { value } = meaningRoundTrip(
    linkMessage,
    `6c00000010000506300c036b00000000000000000000000000000000000000000700030076780000
     440012000900010076786c616e0000003400020008000300030000000800010
     02a000000080004000a00000108000200ef010101050007000000000006000f0012b50000`,
  )
  expect(value.linkinfo).toEqual({
    kind: 'vxlan',
    data: { link: 3, id: 42, local: '10.0.0.1', group: '239.1.1.1', learning: false, port: 4789 },
  })
})

test('what the kernel dumps, with attributes that no table here names', () => {
  const { body } = captured(readFileSync(new URL('link.hex', import.meta.url), 'utf8'))
  const link = linkMessage.read(body)
  expect(link).toMatchObject({
    index: 3,
    ifname: 'va',
    mtu: 1400,
    operstate: 'down',
    ifalias: 'mine',
    master: 4,
    link: 2,
    address: '02:42:ac:11:00:01',
    flags: ['broadcast', 'multicast'],
    linkinfo: {
      kind: 'veth',
      slaveKind: 'bridge',
      slaveData: { state: 0, hairpin: false, learning: true, isolated: false },
    },
  })
  // IFLA_STATS64 (23) is one of them: its bytes are kept, and kept again when the message is written.
  expect(link.unknown?.find(({ type }) => type === 23)?.value).toHaveLength(200)
  const again = encode(linkMessage, link)
  expect(linkMessage.read(again)).toEqual(link)
  expect(again).toHaveLength(body.length)
})
