/** Looks after the host whenever the kernel tells that links or nftables have changed, whoever changed them. */
import { Guard } from '../../guard.ts'
import type { Engine } from '../engine.ts'
import { Repair } from './repair.ts'

/** A change and those that follow it are one look; a busy daemon looks no more often. */
const windowMs = 400
/** On a host of thousands of links a look costs: it has a tenth of the time at most, and a second is still kept. */
const [rest, longestWindowMs] = [9, 900]
const retryMs = 1000

/** After adoption: what was broken while nobody watched is mended before this resolves. Call the result to end it. */
export async function watchHost(engine: Engine): Promise<() => Promise<void>> {
  const repair = new Repair(engine)
  const guard = new Guard({ what: 'looking after the host', log: engine.log })
  let timer: NodeJS.Timeout | undefined
  let work = Promise.resolve()
  let hasEnded = false
  let nextMs = windowMs

  const look = async (): Promise<void> => {
    let isUnfinished = true
    const start = performance.now()
    try {
      isUnfinished = await repair.run()
    } finally {
      nextMs = Math.min(longestWindowMs, Math.max(windowMs, rest * (performance.now() - start)))
      if (isUnfinished) lookIn(retryMs)
    }
  }
  const lookIn = (delayMs: number): void => {
    if (hasEnded) return
    timer ??= setTimeout(
      guard.listener(() => {
        timer = undefined
        // One that failed is told by the guard, and the next one looks all the same.
        work = work.catch(() => {}).then(look)
        return work
      }),
      delayMs,
    )
  }
  const stop = await engine.kernel.watch(
    engine.host,
    guard.listener((change: string) => {
      if (change === 'link' || change === 'nftables' || change === 'resync') lookIn(nextMs)
    }),
  )
  await look()
  return async () => {
    hasEnded = true
    clearTimeout(timer)
    stop()
    await work.catch(() => {})
  }
}
