/** What every verb is: does one step, and says what was there before, so that ./invert.ts can derive the way back. */
import type { KernelStep, LinkSettings, StepResult } from './kernel.ts'
import type { Session } from './session.ts'

/** The member of KernelStep that has this verb, perhaps among others. */
export type StepOf<Do extends KernelStep['do']> = KernelStep extends infer Step
  ? Step extends { do: infer Verbs }
    ? Do extends Verbs
      ? Step
      : never
    : never
  : never

/** What a step overwrote. */
export interface Before {
  sysctl?: string
  link?: LinkSettings
}

export interface Applied {
  result?: StepResult
  before?: Before
}

export type Verb<Do extends KernelStep['do']> = (session: Session, step: StepOf<Do>) => Applied
