import type { Context } from '../context.ts'

/** Asks, and takes anything but `y` or `yes` for no; so is the end of the input. */
export async function confirm(question: string, context: Context): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises')
  context.stderr.write(question)
  const lines = createInterface({ input: context.stdin })
  for await (const line of lines) return /^y(es)?$/i.test(line.trim())
  return false
}
