import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bool, bytes, integer, many, map, message, one, string, strings } from '../../../netd/containerd/message.ts'

const Inner = message({ name: string(1), size: integer(2) })
const Outer = message({
  id: string(1),
  labels: map(2),
  inner: one(3, Inner),
  list: many(4, Inner),
  words: strings(5),
  raw: bytes(16),
  flag: bool(17),
  count: integer(2047),
})

test('the bytes are those of the protocol buffers documentation: field 1 as 150, field 2 as "testing"', () => {
  // https://protobuf.dev/programming-guides/encoding/
  expect(
    message({ a: integer(1) })
      .encode({ a: 150 })
      .toString('hex'),
  ).toBe('089601')
  expect(
    message({ b: string(2) })
      .encode({ b: 'testing' })
      .toString('hex'),
  ).toBe('120774657374696e67')
  expect(
    message({ a: integer(1) })
      .encode({ a: -2 })
      .toString('hex'),
  ).toBe('08feffffffffffffffff01')
})

const inner = fc.record({ name: fc.string({ unit: 'grapheme' }), size: fc.maxSafeInteger() })
const outer = fc.record({
  id: fc.string({ unit: 'grapheme' }),
  labels: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
  inner: fc.option(inner, { nil: undefined }),
  list: fc.array(inner),
  words: fc.array(fc.string({ unit: 'grapheme' })),
  raw: fc.uint8Array().map((value) => Buffer.from(value)),
  flag: fc.boolean(),
  count: fc.integer(),
})

test('what is written is read again', () => {
  fc.assert(
    fc.property(outer, (value) => {
      expect(Outer.decode(Outer.encode(value))).toEqual(value)
    }),
  )
})

test('fields that a table does not know are passed over', () => {
  const writer = new BinaryWriter()
  writer.tag(100, WireType.Varint).uint32(7)
  writer.tag(101, WireType.Bit64).fixed64(1)
  writer.tag(102, WireType.Bit32).fixed32(1)
  writer.tag(103, WireType.LengthDelimited).string('later')
  writer.tag(1, WireType.LengthDelimited).string('known')
  expect(Inner.decode(writer.finish())).toEqual({ name: 'known', size: 0 })
})

test('a message cut short is an error, or what came before the cut', () => {
  fc.assert(
    fc.property(inner, fc.nat(), (value, at) => {
      const whole = Inner.encode(value)
      const cut = whole.subarray(0, at % whole.length)
      const isBetweenFields = cut.length === 0 || cut.equals(Inner.encode({ name: value.name }))
      if (isBetweenFields) expect(Inner.decode(cut).size).toBe(0)
      else expect(() => Inner.decode(cut)).toThrow()
    }),
  )
})
