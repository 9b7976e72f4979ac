/** A growing buffer with back-patched attribute lengths: a message is written once, front to back. */
export class Writer {
  #buffer: Buffer
  #length = 0

  constructor(capacityBytes = 512) {
    this.#buffer = Buffer.alloc(capacityBytes)
  }

  get length(): number {
    return this.#length
  }

  /** What has been written so far, without a copy. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(count: number): number {
    const start = this.#length
    if (start + count > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, start + count))
      this.#buffer.copy(larger, 0, 0, start)
      this.#buffer = larger
    }
    this.#length += count
    return start
  }

  u8(value: number): void {
    const at = this.#reserve(1)
    this.#buffer.writeUInt8(value & 0xff, at)
  }

  u16(value: number): void {
    const at = this.#reserve(2)
    this.#buffer.writeUInt16LE(value & 0xffff, at)
  }

  u32(value: number): void {
    const at = this.#reserve(4)
    this.#buffer.writeUInt32LE(value >>> 0, at)
  }

  u64(value: bigint): void {
    const at = this.#reserve(8)
    this.#buffer.writeBigUInt64LE(value, at)
  }

  be16(value: number): void {
    const at = this.#reserve(2)
    this.#buffer.writeUInt16BE(value & 0xffff, at)
  }

  be32(value: number): void {
    const at = this.#reserve(4)
    this.#buffer.writeUInt32BE(value >>> 0, at)
  }

  be64(value: bigint): void {
    const at = this.#reserve(8)
    this.#buffer.writeBigUInt64BE(value, at)
  }

  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
  }

  zeros(count: number): void {
    const at = this.#reserve(count)
    this.#buffer.fill(0, at, at + count)
  }

  /** Pads to NLMSG_ALIGNTO = NLA_ALIGNTO = 4. */
  align(): void {
    this.zeros(-this.#length & 3)
  }

  /**
   * struct nlattr (linux/netlink.h), then `body`, then padding:
   *
   *     0               2               4
   *     +---------------+---------------+------------------+---------+
   *     | nla_len       | nla_type      | value            | padding |
   *     +---------------+---------------+------------------+---------+
   */
  attribute(type: number, body: () => void): void {
    const start = this.#reserve(4)
    body()
    const length = this.#length - start
    if (length > 0xffff)
      throw new RangeError(`netlink attribute ${type & 0x3fff} is ${length} bytes; an attribute holds at most 65535`)
    this.#buffer.writeUInt16LE(length, start)
    this.#buffer.writeUInt16LE(type, start + 2)
    this.align()
  }

  /** struct nlmsghdr (linux/netlink.h), then `body`; the length is patched in. */
  message(header: { type: number; flags: number; sequence: number }, body: () => void): void {
    const start = this.#reserve(16)
    body()
    this.#buffer.writeUInt32LE(this.#length - start, start)
    this.#buffer.writeUInt16LE(header.type, start + 4)
    this.#buffer.writeUInt16LE(header.flags, start + 6)
    this.#buffer.writeUInt32LE(header.sequence, start + 8)
    this.#buffer.writeUInt32LE(0, start + 12)
    this.align()
  }
}
