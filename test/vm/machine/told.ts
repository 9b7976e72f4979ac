/** What the machine tells, a line of JSON each, by its second serial port; other lines are what a program printed. */
export type Told =
  | { tell: 'up' }
  | { tell: 'start'; job: string }
  | { tell: 'end'; job: string; state: 'passed' | 'failed' | 'skipped'; seconds: number; errors: string[] }
  /** A file that could not even be collected, or an error outside of any test. */
  | { tell: 'broken'; where: string; errors: string[] }
  | { tell: 'reboot' }
  | { tell: 'done' }

export const line = (told: Told): string => `${JSON.stringify(told)}\n`

/** Something without an end of line may have been printed before it. */
export function read(text: string): Told | undefined {
  const at = text.indexOf('{"tell":')
  if (at === -1) return undefined
  try {
    return JSON.parse(text.slice(at)) as Told
  } catch {
    return undefined
  }
}
