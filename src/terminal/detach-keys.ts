/** Ctrl-P Ctrl-Q typed at a tty: leave the container running. The bytes before it go through, the sequence does not. */

const sequence = Buffer.from([0x10, 0x11])

export class DetachKeys {
  /** How much of the sequence has been typed so far, and held back. */
  #matched = 0

  push(chunk: Buffer): { data: Buffer; isDetached: boolean } {
    const passed: number[] = []
    for (const byte of chunk) {
      if (byte !== sequence[this.#matched]) {
        passed.push(...sequence.subarray(0, this.#matched))
        this.#matched = 0
      }
      if (byte === sequence[this.#matched]) this.#matched += 1
      else passed.push(byte)
      if (this.#matched === sequence.length) return { data: Buffer.from(passed), isDetached: true }
    }
    return { data: Buffer.from(passed), isDetached: false }
  }
}
