/** Looks after the host whenever the kernel tells that something of it has changed, whoever changed it. */
import { Guard } from '../../guard.ts'
import type { Engine } from '../engine.ts'
import { everything, Repair, type Part } from './repair.ts'

/** A change and those that follow it are one look; a busy daemon looks no more often. */
const windowMs = 400
/** On a host of thousands of links a look costs: it has a tenth of the time at most, and a second is still kept. */
const [rest, longestWindowMs] = [9, 900]
const retryMs = 1000

type Change = Parameters<Parameters<Engine['kernel']['watch']>[1]>[0]

const partsOf: Record<Change, readonly Part[]> = {
  link: ['links'],
  address: ['addresses'],
  route: ['addresses'],
  forwarding: ['forwarding'],
  nftables: ['firewall'],
  neighbour: [],
  resync: everything,
}

/** After adoption: what was broken while nobody watched is mended before this resolves. Call the result to end it. */
export async function watchHost(engine: Engine): Promise<() => Promise<void>> {
  const repair = new Repair(engine)
  const guard = new Guard({ what: 'looking after the host', log: engine.log })
  let timer: NodeJS.Timeout | undefined
  let work = Promise.resolve()
  let hasEnded = false
  let nextMs = windowMs
  /** What is to be looked at. */
  let parts = new Set(everything)

  const look = async (): Promise<void> => {
    let isUnfinished = true
    const start = performance.now()
    const now = parts
    parts = new Set()
    try {
      isUnfinished = await repair.run(now)
    } finally {
      nextMs = Math.min(longestWindowMs, Math.max(windowMs, rest * (performance.now() - start)))
      if (isUnfinished) {
        parts = parts.union(now)
        lookIn(retryMs)
      }
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
    guard.listener((change: Change) => {
      for (const part of partsOf[change]) parts.add(part)
      if (partsOf[change].length > 0) lookIn(nextMs)
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
