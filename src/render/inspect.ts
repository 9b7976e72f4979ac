/** How `inspect`, `info` and `version` show one or several API answers. */
import { compileTemplate } from './template/template.ts'

export interface InspectFlags {
  format?: string
  json?: boolean
}

/** An array, indented by four as Docker has it, or the template applied to each. */
export function renderInspect(answers: unknown[], { format }: InspectFlags): string {
  if (format === undefined) return `${JSON.stringify(answers, undefined, 4)}\n`
  if (format === 'json') return `${JSON.stringify(answers)}\n`
  const template = compileTemplate(format.replaceAll('\\t', '\t').replaceAll('\\n', '\n'))
  return answers.map((answer) => `${template(answer)}\n`).join('')
}
