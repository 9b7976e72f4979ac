import type { Context } from '../context.ts'
import { CommandError, sentence } from '../errors.ts'

/**
 * The same for each of several things: prints what each gives (its name, usually) in the order given, goes on after a
 * failure, says each failure, and ends with the exit code of one.
 */
export async function forEachOf(
  names: string[],
  context: Context,
  work: (name: string) => Promise<string>,
): Promise<void> {
  const results = await Promise.allSettled(names.map(work))
  for (const result of results) {
    if (result.status === 'fulfilled') context.print(result.value)
    else if (names.length > 1) context.printError(`trestle: ${sentence(result.reason)}`)
  }
  const failed = results.find((result) => result.status === 'rejected')
  if (failed === undefined) return
  if (names.length === 1) throw failed.reason
  if (failed.reason instanceof CommandError) context.setExitCode(failed.reason.exitCode)
  else context.setExitCode(1)
}
