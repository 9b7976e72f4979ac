import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { isEnd, type Transition } from '../life/life.ts'
import { isActive } from '../life/status.ts'
import { findContainer } from './find.ts'
import { cleared } from './terminate.ts'

const conditions = ['not-running', 'next-exit', 'removed'] as const
type Condition = (typeof conditions)[number]

export function parseCondition(text: string | undefined): Condition {
  const condition = conditions.find((known) => known === (text || 'not-running'))
  if (condition === undefined) throw errors.invalidParameter(`invalid condition: "${text}"`)
  return condition
}

/** With the exit code. The promise is the wait itself: whoever holds it missed nothing since this call. Undefined once the signal fires. */
export function waitForContainer(
  engine: Engine,
  reference: string,
  condition: Condition,
  signal: AbortSignal,
): Promise<number | undefined> {
  const container = findContainer(engine, reference)
  if (condition === 'not-running' && !isActive(container)) {
    return Promise.resolve(container.state.exitCode)
  }
  const isMet = condition === 'removed' ? ({ to }: Transition) => to === 'gone' : isEnd
  return engine.lives
    .of(container.id)
    .next(isMet, signal)
    .then(async (ended) => {
      if (ended === undefined) return undefined
      await cleared(engine, container.id)
      return ended.exitCode
    })
}
