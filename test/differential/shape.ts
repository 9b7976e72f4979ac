/** What programs rely on in an answer, without what rightly differs: status, keys, types, and an error's sentence. */

export type Shape = string | { [key: string]: Shape } | Shape[]

/** Values become their types; ids among the keys become `<id>`; the elements of a list are laid over each other. */
export function shapeOf(value: unknown): Shape {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? [] : [value.map(shapeOf).reduce(overlay)]
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [withoutIds(key), shapeOf(item)] as const)
    return Object.fromEntries(entries)
  }
  return typeof value
}

/** What any of them has, in whatever order they came. */
function overlay(a: Shape, b: Shape): Shape {
  if (typeof a === 'string' && typeof b === 'string')
    return [...new Set([a, b].flatMap((type) => type.split('|')))].toSorted().join('|')
  if (typeof a === 'string') return b
  if (typeof b === 'string') return a
  if (Array.isArray(a) || Array.isArray(b)) {
    const elements = [a, b].flat()
    return elements.length === 0 ? [] : [elements.reduce(overlay)]
  }
  const merged = { ...a, ...b }
  for (const key of Object.keys(a)) if (key in b) merged[key] = overlay(a[key]!, b[key]!)
  return merged
}

/** Ids, times and this run's own paths are different by nature. */
export function withoutIds(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<id>')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '<short id>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, (time) => `<time of ${time.length}>`)
    .replaceAll(/\/tmp\/[^\s:"]+/g, '<path>')
}

/** `Config.Labels: string / null` for each place where two shapes differ. */
export function differences(ours: Shape, theirs: Shape, at = ''): string[] {
  if (typeof ours === 'string' || typeof theirs === 'string' || Array.isArray(ours) !== Array.isArray(theirs)) {
    return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [`${at}: ${summary(ours)} / ${summary(theirs)}`]
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    // An empty list says nothing of its elements.
    return ours.length === 0 || theirs.length === 0 ? [] : differences(ours[0]!, theirs[0]!, `${at}[]`)
  }
  const [left, right] = [ours as Record<string, Shape>, theirs as Record<string, Shape>]
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted().flatMap((key) => {
    const here = at === '' ? key : `${at}.${key}`
    if (!(key in left)) return [`${here}: missing / ${summary(right[key]!)}`]
    if (!(key in right)) return [`${here}: ${summary(left[key]!)} / missing`]
    return differences(left[key]!, right[key]!, here)
  })
}

function summary(shape: Shape): string {
  return typeof shape === 'string' ? shape : Array.isArray(shape) ? 'list' : 'object'
}
