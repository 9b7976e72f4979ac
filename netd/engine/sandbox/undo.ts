import type { Engine } from '../engine.ts'

/** What has been done, as its inverses: run in reverse after a failure. One that fails itself is told to the log, and the rest goes on. */
export class Undo {
  readonly #engine: Pick<Engine, 'log'>
  readonly #context: string
  #steps: (() => unknown)[] = []

  /** @param context begins what the log says. */
  constructor(engine: Pick<Engine, 'log'>, context: string) {
    this.#engine = engine
    this.#context = context
  }

  defer(step: () => unknown): void {
    this.#steps.push(step)
  }

  async run(): Promise<void> {
    const steps = this.#steps.toReversed()
    this.#steps = []
    for (const step of steps) {
      try {
        await step()
      } catch (error) {
        this.#engine.log.warn(`${this.#context}: ${(error as Error).message}`)
      }
    }
  }

  /** Rejects as the work does, once everything is undone. */
  async onFailure<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      await this.run()
      throw error
    }
  }
}
