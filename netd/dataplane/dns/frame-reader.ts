/** Takes a TCP stream apart into messages: each has its length in front (RFC 1035 §4.2.2), several may come at once. */
export class FrameReader {
  readonly #onMessage: (message: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage
  }

  /** Holds at most one message that is not whole: 64 KiB. */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 2) {
      const end = 2 + this.#rest.readUInt16BE(0)
      if (this.#rest.length < end) return
      const message = this.#rest.subarray(2, end)
      this.#rest = this.#rest.subarray(end)
      this.#onMessage(message)
    }
  }
}
