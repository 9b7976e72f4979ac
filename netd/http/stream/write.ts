import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Resolves once the chunk may be followed by another; false when the other side has gone. */
export async function writeOrDrain(destination: Writable, chunk: Buffer | string): Promise<boolean> {
  if (destination.destroyed || destination.writableEnded) return false
  if (destination.write(chunk)) return true
  const abort = new AbortController()
  await Promise.race([once(destination, 'drain', abort), once(destination, 'close', abort)]).catch(() => {})
  abort.abort()
  return !destination.destroyed
}
