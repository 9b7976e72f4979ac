/** A list of steps, all or none. */
import { isGone, undoCause } from './failure.ts'
import { invert, isDelete } from './invert.ts'
import { KernelError, type KernelStep, type StepResult } from './kernel.ts'
import { describe, perform } from './perform.ts'
import { addElements } from './nftables.ts'
import { Session, type Thread } from './session.ts'
import type { Before, StepOf } from './verb.ts'

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

/** The run of elements for sets of one table that begins here. */
function elementsFrom(steps: KernelStep[], index: number): StepOf<'nft.elements.add'>[] {
  const run: StepOf<'nft.elements.add'>[] = []
  for (const step of steps.slice(index)) {
    const [first = step] = run
    if (step.do !== 'nft.elements.add' || first.do !== step.do) break
    if (step.namespace !== first.namespace || step.table !== first.table || step.family !== first.family) break
    run.push(step)
  }
  return run
}

/** In one transaction, which costs what one of them would. False when it was refused: one by one, each says why. */
function addTogether(session: Session, steps: StepOf<'nft.elements.add'>[]): boolean {
  try {
    addElements(session, steps)
    return true
  } catch {
    return false
  }
}

export function apply(thread: Thread, steps: KernelStep[]): StepResult[] {
  using session = new Session(thread)
  const done: { step: KernelStep; before: Before | undefined }[] = []
  const results: StepResult[] = []
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index]!
    try {
      const together = elementsFrom(steps, index)
      if (together.length > 1 && addTogether(session, together)) {
        for (const one of together) {
          done.push({ step: one, before: undefined })
          results.push({})
        }
        index += together.length - 1
        continue
      }
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
