/** What a template can call: Docker's own (docker/cli templates) and the ones of Go's text/template that people use with them. */
import { TemplateError } from './syntax.ts'

export const functions: Record<string, (...values: unknown[]) => unknown> = {
  json: (value) => JSON.stringify(value ?? null),
  split: (text, separator) => String(text).split(String(separator)),
  join: (list, separator) => (Array.isArray(list) ? list.map(goText).join(String(separator)) : ''),
  title: (text) => String(text).replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase()),
  lower: (text) => String(text).toLowerCase(),
  upper: (text) => String(text).toUpperCase(),
  pad: (text, before, after) =>
    text === '' ? '' : ' '.repeat(Number(before)) + String(text) + ' '.repeat(Number(after)),
  truncate: (text, length) => String(text).slice(0, Number(length)),
  print: (...values) => values.map(goText).join(' '),
  println: (...values) => `${values.map(goText).join(' ')}\n`,
  len: (value) => (typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value ?? {}).length),
  index: (value, ...keys) => keys.reduce(at, value),
  eq: (one, ...others) => others.includes(one),
  ne: (one, other) => one !== other,
  lt: (one, other) => Number(one) < Number(other),
  gt: (one, other) => Number(one) > Number(other),
  not: (value) => !isTrue(value),
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
}

function at(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || key < 0 || key >= value.length)
      throw new TemplateError(`error calling index: index out of range: ${goText(key)}`)
    return value[key]
  }
  if (value === null || value === undefined) throw new TemplateError('error calling index: index of untyped nil')
  return (value as Record<string, unknown>)[String(key)]
}

/** Go's truth: an empty list, map or string is false, and so are zero and nil. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

/** As fmt.Print shows a value: `[a b]`, `map[k:v]`. */
export function goText(value: unknown): string {
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (typeof value === 'object') {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `map[${entries.map(([key, one]) => `${key}:${goText(one)}`).join(' ')}]`
  }
  return `${value as string | number | boolean}`
}
