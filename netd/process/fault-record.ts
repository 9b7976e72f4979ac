/** What ended earlier runs of the daemon by its own fault, one JSON line each, until it ends in an ordinary way. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'

const schema = z.object({ at: z.string(), version: z.string(), message: z.string(), stack: z.string() })

export type Fault = z.infer<typeof schema>

/** Synchronous, because the process may not have another turn. */
export function recordFault(path: string, fault: Fault): void {
  try {
    appendFileSync(path, `${JSON.stringify(fault)}\n`, { mode: 0o600 })
  } catch {
    // A full disk: the log has it.
  }
}

/** A line that a crash cut off is left out. */
export function readFaults(path: string): Fault[] {
  return linesOf(path).flatMap((line) => {
    try {
      return [schema.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
}

export function forgetFaults(path: string): void {
  rmSync(path, { force: true })
}

/** The sentence for `docker info`; none when there were no faults. */
export function faultWarning(path: string): string[] {
  const faults = readFaults(path)
  const last = faults.at(-1)
  if (last === undefined) return []
  const times = faults.length === 1 ? 'once' : `${faults.length} times`
  return [
    `WARNING: netd ended ${times} by a fault of its own, last at ${last.at}: ${last.message} (${path} has the stacks: please report them)`,
  ]
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
