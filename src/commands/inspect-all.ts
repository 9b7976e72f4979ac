import type { Context } from '../context.ts'
import { sentence } from '../errors.ts'
import { renderInspect, type InspectFlags } from '../render/inspect.ts'

/** Shows those that were found, as one document, then says which were not, and ends with 1. */
export async function inspectAll(
  names: string[],
  context: Context,
  flags: InspectFlags,
  inspect: (name: string) => Promise<unknown>,
): Promise<void> {
  const results = await Promise.allSettled(names.map(inspect))
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (found.length > 0 || names.length > 1) context.stdout.write(renderInspect(found, flags))
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    if (names.length === 1) throw result.reason
    context.printError(`trestle: ${sentence(result.reason)}`)
    context.setExitCode(1)
  }
}
