/** Paired measurement: every contender does the same thing once a round, in turn, so that a drifting machine drifts for all. */

export interface Contender {
  name: string
  /** One entry per operation, in milliseconds. */
  round: (record: (operation: string, milliseconds: number) => void, index: number) => Promise<void>
}

/** Operation → contender → medians in milliseconds. */
export type Medians = Map<string, Map<string, number>>

export async function measure(contenders: Contender[], rounds: number, warmUps = 2): Promise<Medians> {
  const samples = new Map<string, Map<string, number[]>>()
  for (let index = -warmUps; index < rounds; index += 1) {
    for (const { name, round } of contenders) {
      await round((operation, milliseconds) => {
        if (index < 0) return
        const byContender = samples.get(operation) ?? new Map<string, number[]>()
        byContender.set(name, [...(byContender.get(name) ?? []), milliseconds])
        samples.set(operation, byContender)
      }, index + warmUps)
    }
    if (process.stderr.isTTY) process.stderr.write(`\rround ${Math.max(index + 1, 0)} of ${rounds} `)
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  return new Map(
    [...samples].map(([operation, byContender]) => [
      operation,
      new Map([...byContender].map(([name, values]) => [name, median(values)])),
    ]),
  )
}

export async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  const result = await work()
  return [result, performance.now() - start]
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
