/** How every `ls` shows what it found: a table, ids alone, JSON, or the user's own template. */
import { UsageError } from '../errors.ts'
import { table } from './table.ts'
import { compileTemplate } from './template/template.ts'

/** A row's fields as templates name them; a function is called with the template's arguments. */
export type Row = Record<string, string | ((key: string) => string)>

export interface Listing {
  /** Field to heading, for all fields that a table template may name. */
  headings: Record<string, string>
  /** Fields of the default table, in order. */
  columns: string[]
  /** Field that `-q` shows. */
  key: string
}

export interface ListFlags {
  format?: string
  json?: boolean
  quiet?: boolean
}

/** Text that ends with a newline, or is empty. `answers` are what the daemon said, for `--json`. */
export function renderList(
  { headings, columns, key }: Listing,
  rows: Row[],
  answers: unknown[],
  flags: ListFlags,
): string {
  if (flags.json === true && flags.format !== undefined)
    throw new UsageError('conflicting options: cannot specify both --json and --format')
  if (flags.json === true) return `${JSON.stringify(answers, undefined, 2)}\n`
  if (flags.format === undefined && flags.quiet === true) return rows.map((row) => `${String(row[key])}\n`).join('')
  if (flags.format === 'json') return rows.map((row) => `${JSON.stringify(plain(row))}\n`).join('')
  if (flags.format === undefined || flags.format === 'table') {
    if (flags.quiet === true) return rows.map((row) => `${String(row[key])}\n`).join('')
    return table([
      columns.map((field) => headings[field]!),
      ...rows.map((row) => columns.map((field) => String(row[field]))),
    ])
  }
  const [, layout] = /^table\s+(.*)$/s.exec(flags.format) ?? []
  const template = compileTemplate(unescape(layout ?? flags.format))
  const lines = rows.map(template)
  if (layout === undefined) return lines.map((line) => `${line}\n`).join('')
  const heading = template({ ...headings, Label: (name: string) => name })
  return table([heading, ...lines].map((line) => line.split('\t')))
}

/** A shell passes `\t` and `\n` as they stand. */
function unescape(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n')
}

function plain(row: Row): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([field, value]) => (typeof value === 'string' ? [[field, value]] : [])),
  )
}

/** `a=1,b=2` and the lookup of one label, as every noun's rows have them. */
export function labelFields(labels: Record<string, string> | null | undefined): Row {
  const entries = Object.entries(labels ?? {})
  return {
    Labels: entries.map(([name, value]) => `${name}=${value}`).join(','),
    Label: (name) => labels?.[name] ?? '',
  }
}
