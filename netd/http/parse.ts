import type { z } from 'zod'
import { errors } from '../../api/errors.ts'

/** What came from outside, as the contract has it, or 400 with the first thing that is wrong and where. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  throw errors.invalidParameter(`invalid parameter: ${where}${issue?.message ?? 'not what the API expects'}`)
}
