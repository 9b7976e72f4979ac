/** The way of a packet: a line per step, then where it ends and what would change that. */
import type { Explanation, ExplainStep } from '../../api/trestle/explain.ts'
import { table } from './table.ts'

const marks: Record<ExplainStep['status'], string> = { ok: 'ok', note: '-', stop: 'LOST', unsure: '?' }
const headings: Record<ExplainStep['direction'], string> = { there: 'THERE', back: 'AND BACK' }

export function renderExplanation({ packet, sentence, cause, steps }: Explanation): string {
  const rows = (['there', 'back'] as const).flatMap((direction) => {
    const own = steps.filter((step) => step.direction === direction)
    if (own.length === 0) return []
    return [
      [headings[direction], 'WHERE', 'WHAT', 'FOUND'],
      ...own.map(({ status, namespace, looked, found }) => [marks[status], namespace, looked, found]),
    ]
  })
  const decided =
    cause === undefined ? '' : `Decided by: ${cause.object} (in ${cause.namespace})\nTo change it: ${cause.remedy}\n`
  return `${packet}\n\n${table(rows)}\n${sentence}\n${decided}`
}
