/** Address management as properties: whatever is asked for, in whatever order. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freeSubnet, uniqueLocalSubnet } from '../../../netd/ipam/default-pools.ts'
import { nextAddress, staticAddress } from '../../../netd/ipam/lease.ts'
import { planPool } from '../../../netd/ipam/pool.ts'
import {
  broadcastAddress,
  contains,
  isWithin,
  networkAddress,
  overlaps,
  parseSubnet,
} from '../../../api/address/subnet.ts'

const ipv4Subnet = fc
  .record({
    bytes: fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255)),
    size: fc.integer({ min: 16, max: 29 }),
  })
  // Loopback's own is refused.
  .filter(({ bytes }) => bytes[0] !== 127)
  .map(({ bytes, size }) => parseSubnet(`${bytes.join('.')}/${size}`)!)
const ipv6Subnet = fc
  .tuple(fc.nat(0xffff), fc.nat(0xffff), fc.integer({ min: 48, max: 124 }))
  .map(([a, b, size]) => parseSubnet(`fd${(a & 0xff).toString(16).padStart(2, '0')}:${b.toString(16)}::/${size}`)!)
const subnet = fc.oneof(ipv4Subnet, ipv6Subnet)

describe('leases', () => {
  test('never collide, and are never the network, broadcast, gateway or an auxiliary address', () => {
    fc.assert(
      fc.property(subnet, fc.integer({ min: 1, max: 40 }), (cidr, count) => {
        const gateway = planPool({ subnet: cidr }, true).gateway
        const auxiliary = nextAddress(planPool({ subnet: cidr }, true), new Map())
        const pool = planPool(
          { subnet: cidr, ...(auxiliary === undefined ? {} : { auxiliaryAddresses: { router: auxiliary } }) },
          true,
        )
        const held = new Map<string, string>()
        for (let at = 0; at < count; at++) {
          const address = nextAddress(pool, held)
          if (address === undefined) break
          expect(held.has(address)).toBe(false)
          expect(contains(cidr, address)).toBe(true)
          expect([networkAddress(cidr), broadcastAddress(cidr), gateway, auxiliary]).not.toContain(address)
          held.set(address, 'somebody')
        }
      }),
    )
  })

  test('an address that was freed comes back, and nothing is lost', () => {
    fc.assert(
      fc.property(ipv4Subnet, fc.array(fc.nat(30), { maxLength: 60 }), (cidr, releases) => {
        const pool = planPool({ subnet: cidr }, true)
        const held = new Map<string, string>()
        const fill = (): number => {
          for (
            let address = nextAddress(pool, held);
            address !== undefined && held.size < 32;
            address = nextAddress(pool, held)
          )
            held.set(address, 'x')
          return held.size
        }
        const capacity = fill()
        for (const at of releases) {
          const freed = [...held.keys()][at % capacity]!
          held.delete(freed)
          expect(nextAddress(pool, held)).toBe(freed)
          fill()
        }
        expect(held.size).toBe(capacity)
      }),
      { numRuns: 40 },
    )
  })

  test('dynamic ones come from the range, static ones from the whole subnet', () => {
    const pool = planPool({ subnet: '10.66.0.0/24', ipRange: '10.66.0.128/30', gateway: '10.66.0.254' }, true)
    const held = new Map<string, string>()
    for (let address = nextAddress(pool, held); address !== undefined; address = nextAddress(pool, held))
      held.set(address, 'x')
    expect([...held.keys()]).toEqual(['10.66.0.128', '10.66.0.129', '10.66.0.130', '10.66.0.131'])
    expect(staticAddress([pool], held, '10.66.0.9')).toBe('10.66.0.9')
    expect(() => staticAddress([pool], held, '10.66.0.130')).toThrow('Address already in use: 10.66.0.130 is x')
  })
})

describe('default pools', () => {
  test('give free subnets of the size asked for, whatever is in the way', () => {
    fc.assert(
      fc.property(fc.array(ipv4Subnet, { maxLength: 30 }), (taken) => {
        const occupied = taken.map((cidr) => ({ subnet: cidr, by: 'somebody' }))
        const found = freeSubnet(
          [
            { base: '10.192.0.0/12', size: 24 },
            { base: '172.16.0.0/12', size: 24 },
            { base: '192.168.0.0/16', size: 28 },
          ],
          occupied,
        )
        expect(taken.some((cidr) => overlaps(cidr, found))).toBe(false)
      }),
    )
  })

  test('one after another until there is none left, which is said', () => {
    const occupied: { subnet: string; by: string }[] = []
    for (let at = 0; at < 16; at++)
      occupied.push({ subnet: freeSubnet([{ base: '10.0.0.0/20', size: 24 }], occupied), by: 'x' })
    expect(occupied.map(({ subnet }) => subnet)).toEqual(Array.from({ length: 16 }, (_, at) => `10.0.${at}.0/24`))
    expect(() => freeSubnet([{ base: '10.0.0.0/20', size: 24 }], occupied)).toThrow(
      /^could not find an available, non-overlapping IPv4 address pool .* 10\.0\.0\.0\/20 in \/24/,
    )
  })

  test('a route to a large network is stepped over at once', () => {
    expect(freeSubnet([{ base: '10.0.0.0/7', size: 24 }], [{ subnet: '10.0.0.0/8', by: 'a VPN' }])).toBe('11.0.0.0/24')
  })

  test('a unique local /64 for every network id', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 64, maxLength: 64 }), (digits) => {
        const cidr = parseSubnet(uniqueLocalSubnet(digits.map((digit) => digit.toString(16)).join('')))
        expect(cidr).toBeDefined()
        expect(isWithin(cidr!, 'fd00::/8')).toBe(true)
        expect(cidr!.endsWith('/64')).toBe(true)
      }),
    )
  })
})

test('an auxiliary address may have any name, and two cannot have the same', () => {
  const plan = (text: string): unknown =>
    planPool({ subnet: '10.1.0.0/24', auxiliaryAddresses: JSON.parse(text) }, true).auxiliaryAddresses
  expect(Object.entries(plan('{"__proto__":"10.1.0.9"}') as object)).toEqual([['__proto__', '10.1.0.9']])
  expect(() => plan('{"a":"10.1.0.9","b":"10.1.0.9"}')).toThrow('(b:10.1.0.9): Address already in use')
})
