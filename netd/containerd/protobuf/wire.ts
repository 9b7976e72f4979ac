/** Protocol buffers on the wire: varints and length-delimited fields. https://protobuf.dev/programming-guides/encoding/ */

export const WireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const

export class Writer {
  readonly #parts: Uint8Array[] = []
  #length = 0

  /** A negative number is written as its 64-bit two's complement, as int32 and int64 ask. */
  varint(value: number): void {
    const bytes: number[] = []
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value))
      for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
      bytes.push(Number(rest))
    } else {
      let rest = value
      for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
      bytes.push(rest)
    }
    this.raw(Uint8Array.from(bytes))
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType)
  }

  delimited(field: number, bytes: Uint8Array): void {
    this.tag(field, WireType.lengthDelimited)
    this.varint(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#length += bytes.length
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }
}

export class Reader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length
  }

  /** Signed 64 bits; beyond 2^53 the low bits are lost, and nothing here counts that far. */
  varint(): number {
    let low = 0
    let scale = 1
    for (let count = 0; count < 7; count += 1) {
      const byte = this.#byte()
      low += (byte & 0x7f) * scale
      if (byte < 0x80) return low
      scale *= 128
    }
    let high = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte()
      high |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, (high << 49n) + BigInt(low)))
      if (shift > 14n) throw new Error('protobuf: a varint is longer than ten bytes')
    }
  }

  delimited(): Buffer {
    const end = this.varint() + this.#offset
    if (end > this.#bytes.length) throw new Error('protobuf: a field runs past the end of its message')
    const slice = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return slice
  }

  skip(wireType: number): void {
    if (wireType === WireType.varint) this.varint()
    else if (wireType === WireType.lengthDelimited) this.delimited()
    else if (wireType === WireType.fixed64) this.#offset += 8
    else if (wireType === WireType.fixed32) this.#offset += 4
    else throw new Error(`protobuf: wire type ${wireType} is not known`)
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset]
    if (byte === undefined) throw new Error('protobuf: the message is cut short')
    this.#offset += 1
    return byte
  }
}
