/**
 * A message is a table of fields, and the TypeScript type is inferred from it. One interpreter encodes and decodes
 * them all, so that no .proto file needs parsing when the daemon starts. Fields unknown to a table are passed over.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

interface Field<Value> {
  number: number
  /** proto3: an absent field reads as this. */
  initial: () => Value
  write(writer: BinaryWriter, value: Value): void
  /** `before` is what earlier occurrences gave, for repeated fields and maps. */
  read(reader: BinaryReader, before: Value): Value
}

type Fields = Record<string, Field<never>>
type Values<Table> = { [Key in keyof Table]: Table[Key] extends Field<infer Value> ? Value : never }

export interface Message<Value> {
  encode: (value: Partial<Value>) => Buffer
  decode: (bytes: Uint8Array) => Value
}

export type Decoded<Type> = Type extends Message<infer Value> ? Value : never

export function message<Table extends object>(table: Table): Message<Values<Table>> {
  const fields = table as unknown as Fields
  const byNumber = new Map(Object.entries(fields).map(([name, field]) => [field.number, { name, field }]))
  return {
    encode(value) {
      const writer = new BinaryWriter()
      for (const [name, field] of Object.entries(fields)) {
        const member = (value as Record<string, never>)[name]
        if (member !== undefined) field.write(writer, member)
      }
      return Buffer.from(writer.finish())
    },
    decode(bytes) {
      const value: Record<string, unknown> = {}
      for (const [name, field] of Object.entries(fields)) value[name] = field.initial()
      const reader = new BinaryReader(bytes)
      while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag()
        const known = byNumber.get(number)
        if (known === undefined) reader.skip(wireType)
        else value[known.name] = known.field.read(reader, value[known.name] as never)
      }
      return value as Values<Table>
    },
  }
}

export function string(number: number): Field<string> {
  return {
    number,
    initial: () => '',
    write: (writer, value) => writer.tag(number, WireType.LengthDelimited).string(value),
    read: (reader) => reader.string(),
  }
}

export function strings(number: number): Field<string[]> {
  return {
    number,
    initial: () => [],
    write: (writer, values) => values.forEach((value) => writer.tag(number, WireType.LengthDelimited).string(value)),
    read: (reader, before) => [...before, reader.string()],
  }
}

export function bytes(number: number): Field<Uint8Array> {
  return {
    number,
    initial: () => new Uint8Array(),
    write: (writer, value) => writer.tag(number, WireType.LengthDelimited).bytes(value),
    read: (reader) => reader.bytes(),
  }
}

/** uint32, uint64, int64 and enumerations. */
export function integer(number: number): Field<number> {
  return {
    number,
    initial: () => 0,
    write: (writer, value) => writer.tag(number, WireType.Varint).int64(value),
    read: (reader) => Number(reader.int64()),
  }
}

export function bool(number: number): Field<boolean> {
  return {
    number,
    initial: () => false,
    write: (writer, value) => writer.tag(number, WireType.Varint).bool(value),
    read: (reader) => reader.bool(),
  }
}

export function one<Value>(number: number, type: Message<Value>): Field<Value | undefined> {
  return {
    number,
    initial: () => undefined,
    write: (writer, value) => writer.tag(number, WireType.LengthDelimited).bytes(type.encode(value as Partial<Value>)),
    read: (reader) => type.decode(reader.bytes()),
  }
}

export function many<Value>(number: number, type: Message<Value>): Field<Value[]> {
  return {
    number,
    initial: () => [],
    write: (writer, values) =>
      values.forEach((value) => writer.tag(number, WireType.LengthDelimited).bytes(type.encode(value))),
    read: (reader, before) => [...before, type.decode(reader.bytes())],
  }
}

/** `map<string, string>`: on the wire a repeated message with the key as field 1 and the value as field 2. */
export function map(number: number): Field<Record<string, string>> {
  return {
    number,
    initial: () => ({}),
    write(writer, value) {
      for (const [key, text] of Object.entries(value))
        writer.tag(number, WireType.LengthDelimited).bytes(entry.encode({ key, value: text }))
    },
    read(reader, before) {
      const { key, value } = entry.decode(reader.bytes())
      return { ...before, [key]: value }
    },
  }
}

const entry = message({ key: string(1), value: string(2) })
