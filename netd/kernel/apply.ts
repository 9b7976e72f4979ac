/** A list of steps, all or none. */
import { isGone, undoCause } from './failure.ts'
import { invert, isDelete } from './invert.ts'
import { KernelError, type KernelStep, type StepResult } from './kernel.ts'
import { describe, perform } from './perform.ts'
import { Session, type Thread } from './session.ts'
import type { Before } from './verb.ts'

/** Undoes what was done, last first, and carries on past failures, which it gives back. */
function undo(session: Session, done: { step: KernelStep; before: Before | undefined }[]): KernelError[] {
  const failures: KernelError[] = []
  for (const { step, before } of done.toReversed()) {
    const inverse = invert(step, before)
    if (inverse === undefined) {
      // Flows that were forgotten, or a setting that was not there to be changed.
      if (step.do === 'conntrack.flush' || step.do === 'sysctl.set') continue
      failures.push(
        new KernelError({
          operation: describe(step),
          errno: 'ENOTRECOVERABLE',
          description: 'was done and cannot be taken back',
        }),
      )
      continue
    }
    try {
      perform(session, inverse)
    } catch (error) {
      // Gone already: an IPv6 address goes when its link is set down, a route with its link.
      if (!(isDelete(inverse) && isGone(error as KernelError))) failures.push(error as KernelError)
    }
  }
  return failures
}

export function apply(thread: Thread, steps: KernelStep[]): StepResult[] {
  using session = new Session(thread)
  const done: { step: KernelStep; before: Before | undefined }[] = []
  const results: StepResult[] = []
  for (const [index, step] of steps.entries()) {
    try {
      const { result, before } = perform(session, step, index)
      done.push({ step, before })
      results.push(result ?? {})
    } catch (error) {
      const failures = undo(session, done)
      const { operation, errno, description, detail } = error as KernelError
      throw new KernelError({
        operation,
        errno,
        description,
        step: index,
        ...(detail === undefined ? {} : { detail }),
        ...(failures.length === 0 ? {} : { cause: undoCause(failures) }),
      })
    }
  }
  return results
}
