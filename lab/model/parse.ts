/** From text to a topology, or to everything that is wrong with it. */
import { LineCounter, parseDocument, visit, type Document, type YAMLError } from 'yaml'
import type { z } from 'zod'
import { locate } from '../yaml/position.ts'
import { TopologyError, type Finding, type Problem } from '../yaml/problem.ts'
import { findInconsistencies } from './consistency.ts'
import { topology, type Topology } from './topology.ts'

/** Throws TopologyError; `file` is how its messages call the text. */
export function parseTopology(text: string, file: string): Topology {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0)
    throw new TopologyError(
      file,
      document.errors.map((error) => syntaxProblem(error, text, lines)),
    )

  const result = topology.safeParse(toValue(document, lines, file) ?? {})
  const findings = result.success ? findInconsistencies(result.data) : schemaFindings(result.error.issues)
  if (findings.length > 0) {
    const problems = findings.map((finding): Problem => ({
      ...locate(document, lines, finding),
      sentence: finding.sentence,
    }))
    throw new TopologyError(
      file,
      problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    )
  }
  return result.data!
}

function toValue(document: Document.Parsed, lines: LineCounter, file: string): unknown {
  const dangling: Problem[] = []
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return
      const { line, col } = lines.linePos(alias.range![0])
      dangling.push({ line, column: col, sentence: `there is no anchor "&${alias.source}" before this alias` })
    },
  })
  if (dangling.length > 0) throw new TopologyError(file, dangling)
  try {
    return document.toJS()
  } catch (error) {
    // Aliases of aliases that would grow beyond all measure.
    throw new TopologyError(file, [{ line: 1, column: 1, sentence: (error as Error).message }])
  }
}

function syntaxProblem({ code, pos, message }: YAMLError, text: string, lines: LineCounter): Problem {
  if (code === 'DUPLICATE_KEY') {
    // The error begins where the pair before it ends.
    const [, blank = '', key = ''] = /^((?:\s|#.*)*)([^\s:,}\]]*)/.exec(text.slice(pos[0])) ?? []
    const { line, col } = lines.linePos(pos[0] + blank.length)
    return { line, column: col, sentence: `"${key}" is there twice` }
  }
  const { line, col } = lines.linePos(pos[0])
  return { line, column: col, sentence: message }
}

/** What is of the wrong type is not also too short. */
function schemaFindings(issues: z.core.$ZodIssue[]): Finding[] {
  const mistyped = new Set(issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => path.join('.')))
  return issues
    .filter(({ code, path }) => code !== 'too_small' || !mistyped.has(path.join('.')))
    .flatMap((issue) => findingsOf(issue, []))
}

/** In the learner's words; `prefix` is where a union began. */
function findingsOf(issue: z.core.$ZodIssue, prefix: PropertyKey[]): Finding[] {
  const path = [...prefix, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        isKey: true,
        sentence: `unknown key "${key}"${inside(path)}`,
      }))
    case 'invalid_key':
      return [{ path, isKey: true, sentence: `"${String(path.at(-1))}": ${issue.issues[0]?.message ?? 'not a name'}` }]
    case 'invalid_type':
      return [{ path, sentence: typeSentence(issue, path) }]
    case 'invalid_union': {
      // The form that was meant is the one whose outermost type fits.
      const meant = issue.errors.find(
        (branch) => !branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0),
      )
      if (meant !== undefined && issue.message === 'Invalid input')
        return meant.flatMap((inner) => findingsOf(inner, path))
      return [
        {
          path,
          sentence: `${label(path)}: ${issue.message === 'Invalid input' ? `expected ${expectations(issue.errors)}` : issue.message}`,
        },
      ]
    }
    default:
      return [{ path, sentence: `${label(path)}: ${issue.message}` }]
  }
}

function typeSentence(issue: z.core.$ZodIssueInvalidType, path: PropertyKey[]): string {
  const expected = typeNames[issue.expected] ?? issue.expected
  if (issue.input === undefined && issue.message.endsWith('received undefined'))
    return `"${String(path.at(-1))}" is missing${inside(path.slice(0, -1))}`
  return `${label(path)}: expected ${expected}`
}

const typeNames: Record<string, string> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

function expectations(branches: z.core.$ZodIssue[][]): string {
  const types = branches
    .flat()
    .flatMap((issue) => (issue.code === 'invalid_type' ? [typeNames[issue.expected] ?? issue.expected] : []))
  return [...new Set(types)].join(' or ')
}

/** `links.0.ends.1` reads `links[0].ends[1]`. */
function label(path: PropertyKey[]): string {
  if (path.length === 0) return 'the file'
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`))
    .join('')
}

function inside(path: PropertyKey[]): string {
  return path.length === 0 ? '' : ` in ${label(path)}`
}
