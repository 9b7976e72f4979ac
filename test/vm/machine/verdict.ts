/** What became of the jobs, as the machine tells it, said as it comes. */
import { read, type Told } from './told.ts'

export class Verdict {
  readonly #say: (text: string) => void
  readonly #began = performance.now()
  readonly #running = new Set<string>()
  #passed = 0
  #failed = 0
  #isDone = false

  constructor(say: (text: string) => void) {
    this.#say = say
  }

  hear(text: string): void {
    const told = read(text)
    if (told !== undefined) return this.#heed(told)
    this.#say(`  | ${text}`)
  }

  /** The machine is ended for it: what was under way has failed. */
  hung(reason: string): void {
    this.#say(`vm: ${reason}; it is ended`)
  }

  /** Switched off, by itself or not. */
  off(): void {
    for (const job of this.#running) this.#fail(job, 'it had not ended when the machine did')
    if (!this.#isDone && this.#running.size === 0) this.#fail('the machine', 'it ended before its jobs were done')
    this.#running.clear()
  }

  /** The machine has run all its jobs to an end. */
  get isWhole(): boolean {
    return this.#isDone
  }

  get hasPassed(): boolean {
    return this.#isDone && this.#failed === 0 && this.#passed > 0
  }

  get figures(): string {
    return `${this.#passed} passed, ${this.#failed} failed`
  }

  #heed(told: Told): void {
    switch (told.tell) {
      case 'up':
        return this.#say(`vm: up after ${this.#seconds()} s`)
      case 'reboot':
        return this.#say(`vm: rebooting after ${this.#seconds()} s`)
      case 'done':
        this.#isDone = true
        return this.#say(`vm: done after ${this.#seconds()} s`)
      case 'start':
        return void this.#running.add(told.job)
      case 'broken':
        return this.#fail(told.where, told.errors.join('\n'))
      case 'end':
        this.#running.delete(told.job)
        if (told.state === 'failed') return this.#fail(told.job, told.errors.join('\n'))
        if (told.state === 'passed') this.#passed++
        return this.#say(`${told.state} ${told.job} (${told.seconds} s)`)
    }
  }

  #fail(job: string, why: string): void {
    this.#failed++
    this.#say(`FAILED ${job}\n${why.replaceAll(/^/gm, '    ')}`)
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#began) / 1000)
  }
}
