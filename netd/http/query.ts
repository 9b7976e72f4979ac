/** Query parameters as dockerd reads them. */
import { filters as filtersSchema, type Filters } from '../../api/docker/common.ts'
import { errors } from '../../api/errors.ts'

/** A repeated parameter is a list. */
export type Query = Record<string, string | string[] | undefined>

/** The first value; undefined for one that is not there. */
export function text(query: Query, name: string): string | undefined {
  const value = query[name]
  return Array.isArray(value) ? value[0] : value
}

export function texts(query: Query, name: string): string[] {
  const value = query[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

export function flag(query: Query, name: string): boolean {
  return !['', '0', 'no', 'false', 'none', undefined].includes(text(query, name)?.toLowerCase().trim())
}

/** A whole number, or undefined when it is not given; 400 in Go's words for anything else. */
export function integer(query: Query, name: string): number | undefined {
  const value = text(query, name)
  if (value === undefined || value === '') return undefined
  if (!/^[+-]?\d+$/.test(value))
    throw errors.invalidParameter(`strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`)
  return Number(value)
}

/** `{"label": ["a"]}`, or `{"label": {"a": true}}` of older clients. */
export function filters(query: Query): Filters {
  const value = text(query, 'filters')
  if (value === undefined || value === '') return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch (error) {
    throw errors.invalidParameter(`invalid filter: ${(error as Error).message}`)
  }
  const result = filtersSchema.safeParse(parsed)
  if (!result.success) throw errors.invalidParameter('invalid filter: expected a map from names to lists of values')
  return Object.fromEntries(
    Object.entries(result.data).map(([name, values]) => [
      name,
      Array.isArray(values) ? values : Object.keys(values).filter((key) => values[key]),
    ]),
  )
}
