/**
 * Gives back what a burst of work left behind, once there has been none for a while: V8 and malloc keep freed memory for the
 * next one, and pages of the program's own file stay mapped although nobody runs them. What is wanted again is faulted in.
 */
import { readFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as libc from '../native/libc.ts'

/** Later than idle kernel threads end (netd/kernel/channel.ts). */
const idleMs = 15_000

/** Returns what is to be called with each sign of work. */
export function restWhenIdle(): () => void {
  const timer = setTimeout(() => void rest().catch(() => {}), idleMs).unref()
  return () => void timer.refresh()
}

async function rest(): Promise<void> {
  setFlagsFromString('--expose-gc')
  // Not a `last-resort` one, which throws compiled code away: the next requests would take ten times as long.
  const collect = runInNewContext('gc') as (options: { type: 'major' }) => void
  collect({ type: 'major' })
  libc.malloc_trim()
  for (const { start, length } of cleanFileMappings(await readFile('/proc/self/smaps', 'latin1')))
    libc.madvise(start, length, libc.MADV_DONTNEED)
}

/** Mappings of files that cannot be written and hold no page of our own: these are in the page cache, whoever maps them. */
function* cleanFileMappings(smaps: string): Generator<{ start: bigint; length: bigint }> {
  for (const mapping of smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/)) {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ [1-9]/.exec(mapping) ?? []
    if (start === undefined || !/^Anonymous:\s+0 kB$/m.test(mapping)) continue
    yield { start: BigInt(`0x${start}`), length: BigInt(`0x${end}`) - BigInt(`0x${start}`) }
  }
}
