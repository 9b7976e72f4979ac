/** One holder per key at a time, first come first served. */
export class KeyedLock {
  /** Of each key that is held: how those who wait are let in, in their order. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #idle: (() => void)[] = []

  /** @param isFirst before everyone who waits: for what has happened already, which those who wait had better know. */
  async run<T>(key: string, work: () => Promise<T>, { isFirst = false } = {}): Promise<T> {
    await this.#take(key, isFirst)
    try {
      return await work()
    } finally {
      this.#pass(key)
    }
  }

  /** Resolves once nobody holds or waits for anything. */
  async idle(): Promise<void> {
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  async #take(key: string, isFirst: boolean): Promise<void> {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) this.#waiting.set(key, [])
    else await new Promise<void>((enter) => (isFirst ? waiting.unshift(enter) : waiting.push(enter)))
  }

  #pass(key: string): void {
    const enter = this.#waiting.get(key)?.shift()
    if (enter !== undefined) return enter()
    this.#waiting.delete(key)
    if (this.#waiting.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
