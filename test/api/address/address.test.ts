import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSameAddress, parseAddress } from '../../../api/address/address.ts'
import { addressBytes, addressText } from '../../../api/address/bytes.ts'
import { parseCidr } from '../../../api/address/cidr.ts'
import { addressAfter, bounds, contains, isSameSubnet, overlaps, parseSubnet } from '../../../api/address/subnet.ts'

describe('text', () => {
  test.each([
    ['10.1.2.3/24', '10.1.2.0/24'],
    ['fd00:0:0:1::5/64', 'fd00:0:0:1::/64'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s is the subnet %s', (text, canonical) => expect(parseSubnet(text)).toBe(canonical))

  test.each([
    '',
    'what',
    '10.1.2.3',
    '10.1.2.0/33',
    '10.1.2.0/-1',
    '10.1.2.0/024',
    '010.1.2.0/24',
    '10.1.2/24',
    'fd00::/129',
    'fe80::1%eth0/64',
    '::ffff:10.0.0.0/104',
    '::10.0.0.0/104',
  ])('%j is none', (text) => expect(parseSubnet(text)).toBeUndefined())

  test('one IPv6 address has one text, as inet_ntop(3) writes it', () => {
    expect(['FD00:0:0:0:0:0:0:1', 'fd00::1', 'fd00:0::0:1'].map(parseAddress)).toEqual([
      'fd00::1',
      'fd00::1',
      'fd00::1',
    ])
    // RFC 5952 section 4.2.2: a single zero group is not shortened.
    expect(parseAddress('fd00:1:2:3:4:5:0:7')).toBe('fd00:1:2:3:4:5:0:7')
  })
})

test('every IP address comes back as it was written', () => {
  fc.assert(fc.property(fc.ipV4(), (address) => addressText(addressBytes(address)) === address))
  // Canonical after one turn, RFC 5952.
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const canonical = addressText(addressBytes(address))
      expect(addressText(addressBytes(canonical))).toBe(canonical)
      expect(new URL(`http://[${canonical}]/`).hostname).toBe(new URL(`http://[${address}]/`).hostname)
    }),
  )
  expect(addressText(addressBytes('2001:DB8:0:0:1:0:0:1'))).toBe('2001:db8::1:0:0:1')
  expect(addressText(addressBytes('::'))).toBe('::')
  expect(addressText(addressBytes('::ffff:1.2.3.4'))).toBe('::ffff:1.2.3.4')
})

test.each([
  ['10.1.0.1/24', '10.1.0.0', '10.1.0.255'],
  ['10.1.0.1/32', '10.1.0.1', '10.1.0.1'],
  ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ['fd00::1:5/112', 'fd00::1:0', 'fd00::1:ffff'],
  ['fd00::1/128', 'fd00::1', 'fd00::1'],
  ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
])('%s is from %s to %s', (subnet, first, last) => {
  expect(bounds(subnet)).toEqual([first, last])
  expect(contains(subnet, first) && contains(subnet, last)).toBe(true)
  const next = addressAfter(last)
  expect(next !== undefined && contains(subnet, next)).toBe(false)
})

test('how it is written makes no difference, which family does', () => {
  expect(isSameAddress('FD00:0::1', 'fd00::1')).toBe(true)
  expect(isSameSubnet('10.0.0.1/24', '10.0.0.9/24')).toBe(true)
  expect(isSameSubnet('10.0.0.1/24', '10.0.0.1/25')).toBe(false)
  expect(overlaps('0.0.0.0/0', '::/0')).toBe(false)
  expect(overlaps('fd00::/16', 'FD00:0:0:1::1/64')).toBe(true)
})

test('a bare address is a whole host', () => {
  expect(parseCidr('fd00::1')).toEqual({ address: 'fd00::1', prefixLength: 128, family: 'ipv6' })
  expect(() => parseCidr('10.0.0.1/x')).toThrow('not a prefix length: 10.0.0.1/x')
})
