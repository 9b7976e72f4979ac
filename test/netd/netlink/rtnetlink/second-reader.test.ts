/** What our tables write, the `netlink` package reads: the same kernel headers, read by others. */
import { assert, integer, ipV4, ipV6, oneof, property, stringMatching, uint8Array } from 'fast-check'
import { rt } from 'netlink'
import { expect, test } from 'vitest'
import { addressText } from '../../../../api/address/bytes.ts'
import { familyOf } from '../../../../api/address/family.ts'
import { addressMessage } from '../../../../netd/netlink/rtnetlink/address.ts'
import { linkMessage } from '../../../../netd/netlink/rtnetlink/link.ts'
import { routeMessage } from '../../../../netd/netlink/rtnetlink/route.ts'
import { encode } from '../captured.ts'

const index = integer({ min: 1, max: 2 ** 31 - 1 })
const mac = uint8Array({ minLength: 6, maxLength: 6 })
/** AF_INET and AF_INET6, linux/socket.h. */
const number = { ipv4: 2, ipv6: 10 }
const address = oneof(ipV4(), ipV6())

test('links', () => {
  assert(
    property(
      index,
      stringMatching(/^[a-z]{1,15}$/),
      integer({ min: 68, max: 65535 }),
      mac,
      (at, ifname, mtu, bytes) => {
        const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
        const message = encode(linkMessage, { index: at, flags: ['up'], ifname, mtu, address: text, master: at })
        const { data, attrs } = rt.parseLinkMessage(message)
        expect(data).toMatchObject({ index: at, flags: { up: true } })
        expect({ ...attrs, address: [...attrs.address!] }).toEqual({ ifname, mtu, address: [...bytes], master: at })
      },
    ),
  )
})

test('addresses', () => {
  assert(
    property(index, address, integer({ min: 0, max: 32 }), (at, local, prefixLength) => {
      const family = familyOf(local)
      const { data, attrs } = rt.parseAddressMessage(encode(addressMessage, { family, prefixLength, index: at, local }))
      expect(data).toMatchObject({ family: number[family], prefixlen: prefixLength, index: at })
      expect(encode(addressMessage, { family, local: addressText(attrs.local!) })).toEqual(
        encode(addressMessage, { family, local }),
      )
    }),
  )
})

test('routes', () => {
  assert(
    property(index, address, integer({ min: 0, max: 32 }), (oif, gateway, destinationLength) => {
      const family = familyOf(gateway)
      const { data, attrs } = rt.parseRouteMessage(
        encode(routeMessage, {
          family,
          destinationLength,
          shortTable: 254,
          protocol: 'static',
          scope: 'global',
          type: 'unicast',
          gateway,
          oif,
        }),
      )
      expect(data).toMatchObject({
        family: number[family],
        dstLen: destinationLength,
        table: 254,
        protocol: 'STATIC',
        scope: 'UNIVERSE',
        type: 'UNICAST',
      })
      expect(attrs.oif).toBe(oif)
      expect(encode(routeMessage, { family, gateway: addressText(attrs.gateway!) })).toEqual(
        encode(routeMessage, { family, gateway }),
      )
    }),
  )
})
