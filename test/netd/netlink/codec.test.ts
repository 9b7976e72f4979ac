import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { attributes, DecodeError, list, nested } from '../../../netd/netlink/codec/attributes.ts'
import {
  be16,
  be32,
  be64,
  bits,
  bool8,
  bytes,
  enumeration,
  flag,
  i32,
  string,
  u16,
  u32,
  u64,
  u8,
  type Format,
} from '../../../netd/netlink/codec/format.ts'
import { Writer } from '../../../netd/netlink/codec/writer.ts'

function written<T>(format: Format<T>, value: T): Buffer {
  const writer = new Writer(8)
  format.write(writer, value, {})
  return Buffer.from(writer.bytes())
}

const inner = nested({
  port: [1, be16],
  name: [2, string, 'required'],
  mask: [3, bits(be32, { up: 1, running: 0x40 })],
})
const table = attributes({
  byte: [1, u8],
  short: [2, u16],
  word: [3, u32],
  signed: [4, i32],
  long: [5, u64],
  big: [6, be64],
  is: [7, bool8],
  here: [8, flag],
  raw: [9, bytes],
  mode: [10, enumeration(u32, { private: 1, bridge: 4 })],
  inner: [11, inner],
  many: [12, list(1, inner)],
})

const text = fc.string({ unit: 'grapheme-ascii', maxLength: 40 })
const innerValue = fc.record(
  {
    port: fc.nat(0xffff),
    name: text,
    mask: fc
      .uniqueArray(fc.constantFrom('up' as const, 'running' as const))
      .map((names) => names.toSorted().toReversed()),
  },
  { requiredKeys: ['name'] },
)
const value = fc.record(
  {
    byte: fc.nat(0xff),
    short: fc.nat(0xffff),
    word: fc.nat(0xffffffff),
    signed: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    long: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    big: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    is: fc.boolean(),
    here: fc.constant(true as const),
    raw: fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    mode: fc.constantFrom('private' as const, 'bridge' as const, 7),
    inner: innerValue,
    many: fc.array(innerValue, { maxLength: 5 }),
    unknown: fc.array(
      fc.record({
        type: fc.integer({ min: 100, max: 0x3fff }),
        value: fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
)

test('what is written is read back, and written again to the same bytes', () => {
  fc.assert(
    fc.property(value, (original) => {
      const encoded = written(table, original)
      expect(encoded.length % 4).toBe(0)
      const decoded = table.read(encoded, {})
      // A mask read back lists its bits in the table's order.
      expect(normal(decoded)).toEqual(normal(original))
      expect(written(table, decoded)).toEqual(encoded)
    }),
  )
})

const normal = (object: unknown): unknown =>
  JSON.parse(
    JSON.stringify(object, (key, item: unknown) =>
      typeof item === 'bigint' ? String(item) : key === 'mask' ? (item as string[]).toSorted() : item,
    ),
  )

test('any bytes are read or refused, never misread past their end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      try {
        table.read(Buffer.from(noise), {})
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
    { numRuns: 1000 },
  )
})

test('an attribute that is cut short, and one that is required and missing, are named', () => {
  expect(() => table.read(Buffer.from('0600030001020000', 'hex'), {})).toThrow(
    'netlink attribute word (3) has 2 bytes, 4 expected',
  )
  expect(() => inner.read(Buffer.alloc(0), {})).toThrow('netlink attribute name (2) is missing')
})

test('an attribute longer than its 16-bit length is refused', () => {
  expect(() => written(table, { raw: Buffer.alloc(70_000) })).toThrow(
    'netlink attribute 9 is 70004 bytes; an attribute holds at most 65535',
  )
})
