/** A kind of message: a fixed header as a table of fields, then attributes as a table. Both make one flat value. */
import { DecodeError, type AttributesFormat, type Table, type ValuesOf } from './attributes.ts'
import type { Format, ValueOf } from './format.ts'
import type { Writer } from './writer.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- as in ./attributes.ts.
type Fields = Record<string, Format<any>>
type HeaderOf<F extends Fields> = { -readonly [K in keyof F]: ValueOf<F[K]> }

export class Message<F extends Fields, T extends Table> {
  readonly #fields: [name: string, format: Format<unknown>, size: number][]
  readonly #attributes: AttributesFormat<T>
  readonly #headerSize: number

  /** Fields in the order of the C struct, each of a fixed size. */
  constructor(fields: F, attributes: AttributesFormat<T>) {
    this.#fields = Object.entries(fields).map(([name, format]) => [name, format, format.size as number])
    this.#attributes = attributes
    this.#headerSize = this.#fields.reduce((total, [, , size]) => total + size, 0)
  }

  /** A header field left out is zero. */
  write(writer: Writer, value: Partial<HeaderOf<F>> & ValuesOf<T>): void {
    for (const [name, format, size] of this.#fields) {
      const field = (value as Record<string, unknown>)[name]
      if (field === undefined) writer.zeros(size)
      else format.write(writer, field, {})
    }
    writer.align()
    this.#attributes.write(writer, value, {})
  }

  read(bytes: Buffer): HeaderOf<F> & ValuesOf<T> {
    if (bytes.length < this.#headerSize)
      throw new DecodeError(
        `netlink message body has ${bytes.length} bytes, its header alone takes ${this.#headerSize}`,
      )
    const header: Record<string, unknown> = {}
    let offset = 0
    for (const [name, format, size] of this.#fields) {
      header[name] = format.read(bytes.subarray(offset, offset + size), {})
      offset += size
    }
    return { ...header, ...this.#attributes.read(bytes.subarray((offset + 3) & ~3), {}) } as HeaderOf<F> & ValuesOf<T>
  }

  /** As an attribute's value inside another message: VETH_INFO_PEER. */
  get format(): Format<Partial<HeaderOf<F>> & ValuesOf<T>> {
    return { write: (writer, value) => this.write(writer, value), read: (bytes) => this.read(bytes) }
  }
}

/** What a decoded message is. */
export type Decoded<M> = M extends Message<infer F, infer T> ? HeaderOf<F> & ValuesOf<T> : never
