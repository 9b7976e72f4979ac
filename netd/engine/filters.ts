/** The `filters` query parameter: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerList */
import type { Filters } from '../../api/docker/common.ts'
import { errors } from '../../api/errors.ts'

export function mustKnowFilters(filters: Filters, known: readonly string[]): void {
  const unknown = Object.keys(filters).find((name) => !known.includes(name))
  if (unknown !== undefined) throw errors.invalidParameter(`Invalid filter '${unknown}'`)
}

/** Every one of `name` or `name=value` has to be among the labels. */
export function matchesLabels(
  labels: Record<string, string> | null | undefined,
  wanted: string[] | undefined,
): boolean {
  return (wanted ?? []).every((text) => {
    const at = text.indexOf('=')
    return at < 0 ? labels?.[text] !== undefined : labels?.[text.slice(0, at)] === text.slice(at + 1)
  })
}

/** A regular expression, as dockerd takes ids and names of networks; a plain text is found anywhere in the value. */
export function matchesPattern(filter: string, value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(value)
  } catch {
    throw errors.invalidParameter(`Invalid filter '${filter}=${pattern}': not a regular expression`)
  }
}

/** Unix seconds with a fraction, RFC 3339, or a Go duration before now (`10m`). Undefined for an empty text and for 0. */
export function parseTime(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined || text === '' || text === '0') return undefined
  if (/^\d+(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000)
  const durationMs = parseDuration(text)
  const date = durationMs === undefined ? new Date(text) : new Date(now.getTime() - durationMs)
  if (Number.isNaN(date.getTime()))
    throw errors.invalidParameter(`invalid time "${text}": expected a Unix time, RFC 3339, or a duration such as 10m`)
  return date
}

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  return text
    .matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)
    .reduce((total, [, amount, unit]) => total + Number(amount) * unitMs[unit!]!, 0)
}
