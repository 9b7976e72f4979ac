/** From what a route takes to what nobody would send. */
import type { Random } from '../random.ts'

const odd: unknown[] = [
  ...'10.0.0.0/33 ::1 80/sctp container:steady host ../../etc'.split(' '),
  '',
  ' ',
  '\0',
  '\ud800',
  'x'.repeat(70_000),
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  [],
  [null],
  {},
  { a: {} },
]

/** One value anywhere in it becomes another, goes, or comes twice. */
export function mutate(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || random.below(3) === 0) return random.pick([odd, [...value, ...value], random.pick(odd)])
    return value.with(random.below(value.length), mutate(random.pick(value), random))
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value)
    if (keys.length === 0 || random.below(8) === 0) return random.pick(odd)
    const key = random.pick(keys)
    const inner = (value as Record<string, unknown>)[key]
    if (random.below(6) === 0) return { ...value, [random.pick(['__proto__', 'toString', 'x', ''])]: random.pick(odd) }
    return { ...value, [key]: mutate(inner, random) }
  }
  return random.pick(odd)
}

export function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}
