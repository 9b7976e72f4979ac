/** Timers of any length: setTimeout takes 2^31 - 1 ms, which is 25 days, and fires at once for more. */

const longestMs = 2 ** 31 - 1

export interface Timer {
  cancel(): void
}

/** Calls `onDue` once, after `delayMs`; never for Infinity. */
export function startTimer(delayMs: number, onDue: () => void): Timer {
  let leftMs = delayMs
  let timeout: NodeJS.Timeout | undefined
  const wait = (): void => {
    if (leftMs === Infinity) return
    const nextMs = Math.min(leftMs, longestMs)
    leftMs -= nextMs
    timeout = setTimeout(() => (leftMs > 0 ? wait() : onDue()), nextMs)
  }
  wait()
  return { cancel: () => clearTimeout(timeout) }
}
