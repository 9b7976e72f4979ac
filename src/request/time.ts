import { UsageError } from '../errors.ts'

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A Go duration before now (`1h30m`), a date (a zone is taken from ours when it has none), or unix seconds; as unix seconds. */
export function parseTime(text: string, now: Date): string {
  if (/^\d+(\.\d+)?$/.test(text)) return text
  if (/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) {
    const ago = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!,
      0,
    )
    return ((now.getTime() - ago) / 1000).toFixed(3)
  }
  const time = /^\d{4}-\d{2}-\d{2}/.test(text)
    ? Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text)
    : NaN
  if (Number.isNaN(time))
    throw new UsageError(
      `invalid time ${JSON.stringify(text)}: it must be like 2026-01-02T13:23:37Z, 42m or unix seconds`,
    )
  return (time / 1000).toFixed(3)
}
