/** Shapes that several nouns of the Docker Engine API share. Go clients send `null` for an empty map or list. */
import { z } from 'zod'

export const labels = z.record(z.string(), z.string())
/** Driver options and the like. */
export const stringMap = z.record(z.string(), z.string())

/** `{"label": ["a=b"], "name": ["x"]}`; old clients send `{"label": {"a=b": true}}`. The `filters` query parameter, JSON-encoded. */
export const filters = z.record(z.string(), z.union([z.array(z.string()), z.record(z.string(), z.boolean())]))
export type Filters = Record<string, string[]>

export interface ErrorResponse {
  message: string
}
