/** How one value lies in a message. Netlink is host byte order (all supported machines are little-endian) unless a name says `be`. */
import type { Writer } from './writer.ts'

export interface Format<T> {
  /** Set in the attribute's type: NLA_F_NESTED. */
  readonly typeFlags?: number
  /** Exact size in bytes, where there is one; a shorter value is refused by name. */
  readonly size?: number
  write(writer: Writer, value: T, siblings: Readonly<Record<string, unknown>>): void
  read(bytes: Buffer, siblings: Readonly<Record<string, unknown>>): T
}

export type ValueOf<F> = F extends Format<infer T> ? T : never

export const u8: Format<number> = {
  size: 1,
  write: (writer, value) => writer.u8(value),
  read: (bytes) => bytes.readUInt8(),
}
export const u16: Format<number> = {
  size: 2,
  write: (writer, value) => writer.u16(value),
  read: (bytes) => bytes.readUInt16LE(),
}
export const u32: Format<number> = {
  size: 4,
  write: (writer, value) => writer.u32(value),
  read: (bytes) => bytes.readUInt32LE(),
}
export const i32: Format<number> = {
  size: 4,
  write: (writer, value) => writer.u32(value),
  read: (bytes) => bytes.readInt32LE(),
}
export const u64: Format<bigint> = {
  size: 8,
  write: (writer, value) => writer.u64(value),
  read: (bytes) => bytes.readBigUInt64LE(),
}
export const be16: Format<number> = {
  size: 2,
  write: (writer, value) => writer.be16(value),
  read: (bytes) => bytes.readUInt16BE(),
}
export const be32: Format<number> = {
  size: 4,
  write: (writer, value) => writer.be32(value),
  read: (bytes) => bytes.readUInt32BE(),
}
export const bei32: Format<number> = {
  size: 4,
  write: (writer, value) => writer.be32(value),
  read: (bytes) => bytes.readInt32BE(),
}
export const be64: Format<bigint> = {
  size: 8,
  write: (writer, value) => writer.be64(value),
  read: (bytes) => bytes.readBigUInt64BE(),
}

export const bool8: Format<boolean> = {
  size: 1,
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (bytes) => bytes.readUInt8() !== 0,
}

/** Present or not; no bytes. */
export const flag: Format<true> = { write: () => {}, read: () => true }

/** Read copies, because receive buffers are used again. */
export const bytes: Format<Uint8Array> = {
  write: (writer, value) => writer.raw(value),
  read: (source) => Buffer.from(source),
}

/** NLA_NUL_STRING, and NLA_STRING, whose terminator is optional when read. */
export const string: Format<string> = {
  write(writer, value) {
    writer.raw(Buffer.from(value, 'utf8'))
    writer.u8(0)
  },
  read(source) {
    const end = source.indexOf(0)
    return source.toString('utf8', 0, end === -1 ? source.length : end)
  },
}

/** A number with names; one without a name stays a number. */
export function enumeration<const Names extends Record<string, number>>(
  format: Format<number>,
  names: Names,
): Format<(keyof Names & string) | number> {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name as keyof Names & string]))
  return {
    ...format,
    write: (writer, value, siblings) =>
      format.write(writer, typeof value === 'number' ? value : (names[value] as number), siblings),
    read(source, siblings) {
      const number = format.read(source, siblings)
      return byNumber.get(number) ?? number
    },
  }
}

/** A set of named bits; bits without a name stay together as one number. */
export function bits<const Names extends Record<string, number>>(
  format: Format<number>,
  names: Names,
): Format<((keyof Names & string) | number)[]> {
  const entries = Object.entries(names) as [keyof Names & string, number][]
  return {
    ...format,
    write(writer, value, siblings) {
      let number = 0
      for (const bit of value) number |= typeof bit === 'number' ? bit : (names[bit] as number)
      format.write(writer, number >>> 0, siblings)
    },
    read(source, siblings) {
      let rest = format.read(source, siblings)
      const found: ((keyof Names & string) | number)[] = []
      for (const [name, bit] of entries) {
        if ((rest & bit) === 0) continue
        found.push(name)
        rest &= ~bit
      }
      if (rest !== 0) found.push(rest >>> 0)
      return found
    },
  }
}
