/** What a search is given, and what it found: how much was tried, what was wrong, what was left behind. */
import type { Random } from './random.ts'

export interface Search {
  random: Random
  /** For how long it looks once all is prepared. */
  forMs: number
  report: Report
}

export class Report {
  readonly counts: Record<string, number> = {}
  readonly wrong: string[] = []
  readonly left: string[] = []
  readonly #resources: string[] = []

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by
  }

  /** An answer, or a state, that must not be; told once with what led to it, however often it comes. */
  isWrong(sentence: string, evidence?: string): void {
    if (!this.wrong.includes(sentence) && this.wrong.length < 50)
      process.stderr.write(`wrong: ${sentence}\n${evidence === undefined ? '' : `  ${JSON.stringify(evidence)}\n`}`)
    this.wrong.push(sentence)
  }

  /** Something that stayed, or that went and should not have. */
  isLeft(sentence: string): void {
    this.left.push(sentence)
    process.stderr.write(`left: ${sentence}\n`)
  }

  /** What the processes held before a search and after it. */
  compares(search: string, resources: string): void {
    this.#resources.push(`${search}: ${resources}`)
  }

  /** `12 kills of netd, 3 kills of containerd; 0 wrong, 0 left; the kills: netd 90 MB/40 fd -> 92 MB/40 fd`. */
  line(): string {
    const tried = Object.entries(this.counts).map(([what, count]) => `${count} ${what}`)
    return `${tried.join(', ')}; ${this.wrong.length} wrong, ${this.left.length} left; ${this.#resources.join('; ')}`
  }
}
