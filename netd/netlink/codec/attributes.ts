/**
 * The interpreter of attribute tables. A table names each attribute of a nest with its number and format:
 *
 *     attributes({ name: [1, string, 'required'], mtu: [4, u32] })    // Format<{ name: string; mtu?: number; unknown?: … }>
 *
 * Values are encoded in the order of their own keys, and decoded in the order of the wire, so that what was decoded encodes
 * to the same bytes. What the table does not know is kept in `unknown` and encoded last.
 */
import { bytes as rawBytes, type Format, type ValueOf } from './format.ts'
import type { Writer } from './writer.ts'

/** NLA_F_NESTED, NLA_TYPE_MASK, linux/netlink.h. */
export const nestedFlag = 0x8000
const typeMask = 0x3fff

// oxlint-disable-next-line typescript/no-explicit-any -- Format is invariant; only `any` holds every format in one table.
type AnyFormat = Format<any>
type Entry =
  readonly [type: number, format: AnyFormat] | readonly [type: number, format: AnyFormat, required: 'required']
export type Table = Record<string, Entry>

export interface UnknownAttribute {
  /** With its flag bits. */
  type: number
  value: Uint8Array
}

type RequiredKeys<T extends Table> = {
  [K in keyof T]: T[K] extends readonly [number, AnyFormat, 'required'] ? K : never
}[keyof T]
type Flatten<T> = { [K in keyof T]: T[K] } & {}

export type ValuesOf<T extends Table> = Flatten<
  { [K in RequiredKeys<T>]: ValueOf<T[K][1]> } & { [K in Exclude<keyof T, RequiredKeys<T>>]?: ValueOf<T[K][1]> } & {
    unknown?: UnknownAttribute[]
  }
>

export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

export interface AttributesFormat<T extends Table> extends Format<ValuesOf<T>> {
  readonly table: T
}

/** Walks a run of attributes. Bytes after the last whole one are an error: nothing is dropped in silence. */
export function* eachAttribute(source: Buffer): Generator<{ type: number; value: Buffer }> {
  let offset = 0
  while (offset < source.length) {
    const length = offset + 4 <= source.length ? source.readUInt16LE(offset) : 0
    if (length < 4 || offset + length > source.length)
      throw new DecodeError(`malformed netlink attribute at byte ${offset} of ${source.length}`)
    yield { type: source.readUInt16LE(offset + 2), value: source.subarray(offset + 4, offset + length) }
    offset += (length + 3) & ~3
  }
}

function build<const T extends Table>(table: T, typeFlags: number | undefined): AttributesFormat<T> {
  const byType = new Map(Object.entries(table).map(([name, [type, format]]) => [type, { name, format }]))
  const required = Object.entries(table).filter(([, entry]) => entry[2] === 'required')
  return {
    ...(typeFlags === undefined ? {} : { typeFlags }),
    table,
    write(writer, value) {
      const values: Readonly<Record<string, unknown>> = value
      for (const [name, item] of Object.entries(values)) {
        const entry = table[name]
        if (entry === undefined || item === undefined) continue
        const [type, format] = entry
        writer.attribute(type | (format.typeFlags ?? 0), () => format.write(writer, item, values))
      }
      for (const { type, value: item } of (values['unknown'] as UnknownAttribute[] | undefined) ?? []) {
        writer.attribute(type, () => writer.raw(item))
      }
    },
    read(source) {
      const values: Record<string, unknown> = {}
      const unknown: UnknownAttribute[] = []
      for (const { type, value } of eachAttribute(source)) {
        const known = byType.get(type & typeMask)
        if (known === undefined || known.name in values) {
          unknown.push({ type, value: Buffer.from(value) })
          continue
        }
        const { name, format } = known
        if (format.size !== undefined && value.length < format.size) {
          throw new DecodeError(
            `netlink attribute ${name} (${type & typeMask}) has ${value.length} bytes, ${format.size} expected`,
          )
        }
        values[name] = format.read(value, values)
      }
      for (const [name, [type]] of required) {
        if (!(name in values)) throw new DecodeError(`netlink attribute ${name} (${type}) is missing`)
      }
      if (unknown.length > 0) values['unknown'] = unknown
      return values as ValuesOf<T>
    },
  }
}

/** A nest as rtnetlink's users write it, without NLA_F_NESTED. */
export function attributes<const T extends Table>(table: T): AttributesFormat<T> {
  return build(table, undefined)
}

/** A nest marked with NLA_F_NESTED, as nfnetlink wants it. */
export function nested<const T extends Table>(table: T): AttributesFormat<T> {
  return build(table, nestedFlag)
}

/** A nest whose attributes are all of one type, in order. */
export function list<T>(elementType: number, element: Format<T>): Format<T[]> {
  return {
    typeFlags: nestedFlag,
    write(writer, items) {
      for (const item of items)
        writer.attribute(elementType | (element.typeFlags ?? 0), () => element.write(writer, item, {}))
    },
    read: (source) => [...eachAttribute(source)].map(({ value }) => element.read(value, {})),
  }
}

/** A nest whose table is chosen by a sibling's value, which stands before it; bytes where no table is known. */
export function chosenBy<const Formats extends Record<string, AnyFormat>>(
  sibling: string,
  formats: Formats,
  typeFlags?: number,
): Format<{ [K in keyof Formats]: ValueOf<Formats[K]> }[keyof Formats] | Uint8Array> {
  const choose = (siblings: Readonly<Record<string, unknown>>): AnyFormat =>
    formats[String(siblings[sibling])] ?? rawBytes
  return {
    ...(typeFlags === undefined ? {} : { typeFlags }),
    write: (writer: Writer, value, siblings) =>
      (value instanceof Uint8Array ? rawBytes : choose(siblings)).write(writer, value, siblings),
    read: (source, siblings) => choose(siblings).read(source, siblings),
  }
}
