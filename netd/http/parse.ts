import type { z } from 'zod'
import { errors } from '../../api/errors.ts'
import { ForeignBody } from './body.ts'

/** What came from outside, as the contract has it, or 400 with the first thing that is wrong and where. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  if (value instanceof ForeignBody)
    throw errors.invalidParameter(`Content-Type specified (${value.contentType}) must be 'application/json'`)
  const result = schema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    throw invalid(issue?.path ?? [], issue?.message ?? 'not what the API expects')
  }
  const path = pathOfNul(result.data)
  if (path !== undefined) throw invalid(path, 'a NUL ends a string for the kernel, so none can have one')
  return result.data
}

function invalid(path: PropertyKey[], message: string): Error {
  return errors.invalidParameter(`invalid parameter: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`)
}

/** Where in it a string, or a key, has a NUL. */
function pathOfNul(value: unknown): string[] | undefined {
  if (typeof value === 'string') return value.includes('\0') ? [] : undefined
  if (typeof value !== 'object' || value === null) return undefined
  // Not by Object.entries: a request may have 65,535 ports, with an object each.
  for (const key of Object.keys(value)) {
    if (key.includes('\0')) return [key]
    const path = pathOfNul((value as Record<string, unknown>)[key])
    if (path !== undefined) return [key, ...path]
  }
  return undefined
}
