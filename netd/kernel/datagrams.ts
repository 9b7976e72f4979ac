/**
 * Many IPv4 datagrams in one system call each way, recvmmsg(2) and sendmmsg(2): Node takes and sends them one by one, which
 * costs more than answering them. One batch serves all sockets of a thread, since nothing waits in it.
 */
import * as libc from '../native/libc.ts'

/** Of datagrams taken at once. */
const slots = 64
/** struct sockaddr_in, struct iovec, struct mmsghdr of a 64-bit machine, as bits/socket.h and linux/socket.h have them. */
const addressBytes = 16
const vectorBytes = 16
const headerBytes = 64
/** What does not fit is no question of anybody's: MSG_TRUNC says so. */
const datagramBytes = 4_096
const MSG_TRUNC = 0x20

export class DatagramBatch {
  readonly #addresses = Buffer.alloc(slots * addressBytes)
  readonly #vectors = Buffer.alloc(slots * vectorBytes)
  readonly #headers = Buffer.alloc(slots * headerBytes)
  readonly #data = Buffer.alloc(slots * datagramBytes)
  readonly #dataAddress = libc.addressOf(this.#data)

  constructor() {
    const [addresses, vectors] = [libc.addressOf(this.#addresses), libc.addressOf(this.#vectors)]
    for (let slot = 0; slot < slots; slot++) {
      const at = slot * headerBytes
      // msg_name, msg_namelen, msg_iov, msg_iovlen.
      this.#headers.writeBigUInt64LE(addresses + BigInt(slot * addressBytes), at)
      this.#headers.writeBigUInt64LE(vectors + BigInt(slot * vectorBytes), at + 16)
      this.#headers.writeBigUInt64LE(1n, at + 24)
    }
  }

  /**
   * Takes what has arrived, and sends what `answer` gives for it; what it gives nothing for is its own affair, and so is a
   * copy, because the message is good for the call only. Says whether there may be more.
   */
  exchange(fd: number, answer: (message: Buffer, sender: Buffer) => Buffer | undefined): boolean {
    for (let slot = 0; slot < slots; slot++) {
      this.#vectors.writeBigUInt64LE(this.#dataAddress + BigInt(slot * datagramBytes), slot * vectorBytes)
      this.#vectors.writeBigUInt64LE(BigInt(datagramBytes), slot * vectorBytes + 8)
      this.#headers.writeUInt32LE(addressBytes, slot * headerBytes + 8)
    }
    const count = libc.recvmmsg(fd, this.#headers, slots)
    let replies = 0
    for (let slot = 0; slot < count; slot++) {
      const at = slot * headerBytes
      if ((this.#headers.readUInt32LE(at + 48) & MSG_TRUNC) !== 0) continue
      const from = slot * datagramBytes
      const message = this.#data.subarray(from, from + this.#headers.readUInt32LE(at + 56))
      const sender = this.#addresses.subarray(slot * addressBytes, (slot + 1) * addressBytes)
      const reply = answer(message, sender)
      if (reply === undefined) continue
      // The slots before this one are through: theirs are free for the replies.
      const length = reply.copy(this.#data, replies * datagramBytes, 0, datagramBytes)
      sender.copy(this.#addresses, replies * addressBytes)
      this.#vectors.writeBigUInt64LE(this.#dataAddress + BigInt(replies * datagramBytes), replies * vectorBytes)
      this.#vectors.writeBigUInt64LE(BigInt(length), replies * vectorBytes + 8)
      replies++
    }
    // What cannot be sent is lost, as a network may lose it.
    if (replies > 0) libc.sendmmsg(fd, this.#headers, replies)
    return count === slots
  }
}
