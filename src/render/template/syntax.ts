/** The grammar of Go's text/template, as much of it as `--format` is used with: https://pkg.go.dev/text/template */

export type Operand =
  | { kind: 'dot'; path: string[] }
  | { kind: 'variable'; name: string; path: string[] }
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'function'; name: string }
  | { kind: 'group'; pipeline: Pipeline; path: string[] }

/** Each command's value is the last argument of the next. */
export interface Pipeline {
  /** `$x :=`, or `$key, $value :=` in a range. */
  variables: string[]
  commands: Operand[][]
}

export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'output'; pipeline: Pipeline }
  | { kind: 'if' | 'range' | 'with'; pipeline: Pipeline; body: TemplateNode[]; otherwise: TemplateNode[] }

export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** The same class of mistake as a bad flag. */
  readonly exitCode = 2

  constructor(message: string) {
    super(`template parsing error: ${message}`)
  }
}

export function parseTemplate(source: string): TemplateNode[] {
  return new Parser(source).parse()
}

type Part = { text: string } | { action: string[] }

class Parser {
  readonly #parts: Part[]
  #at = 0

  constructor(source: string) {
    this.#parts = split(source)
  }

  parse(): TemplateNode[] {
    const { nodes, end } = this.#block()
    if (end !== undefined) throw new TemplateError(`unexpected {{${end}}}`)
    return nodes
  }

  /** Up to the `end` or `else` that belongs to the block, or to the end of the text. */
  #block(): { nodes: TemplateNode[]; end?: 'end' | 'else'; rest?: string[] } {
    const nodes: TemplateNode[] = []
    for (;;) {
      const part = this.#parts[this.#at++]
      if (part === undefined) return { nodes }
      if ('text' in part) {
        nodes.push({ kind: 'text', text: part.text })
        continue
      }
      const [keyword, ...rest] = part.action
      if (keyword === 'end' || keyword === 'else') return { nodes, end: keyword, rest }
      if (keyword === 'if' || keyword === 'range' || keyword === 'with') nodes.push(this.#control(keyword, rest))
      else if (keyword?.startsWith('/*') !== true) nodes.push({ kind: 'output', pipeline: parsePipeline(part.action) })
    }
  }

  #control(kind: 'if' | 'range' | 'with', tokens: string[]): TemplateNode {
    const pipeline = parsePipeline(tokens)
    const { nodes: body, end, rest = [] } = this.#block()
    if (end === undefined) throw new TemplateError(`{{${kind}}} has no {{end}}`)
    if (end === 'end') return { kind, pipeline, body, otherwise: [] }
    // `else if` is an if of its own that shares the end.
    if (rest[0] === 'if') return { kind, pipeline, body, otherwise: [this.#control('if', rest.slice(1))] }
    const otherwise = this.#block()
    if (otherwise.end !== 'end') throw new TemplateError(`{{else}} of {{${kind}}} has no {{end}}`)
    return { kind, pipeline, body, otherwise: otherwise.nodes }
  }
}

/** Text and actions; `{{-` and `-}}` take the white space beside them away. */
function split(source: string): Part[] {
  const parts: Part[] = []
  let at = 0
  let trimsNext = false
  const text = (raw: string) => {
    const shown = trimsNext ? raw.trimStart() : raw
    if (shown !== '') parts.push({ text: shown })
  }
  for (;;) {
    const open = source.indexOf('{{', at)
    if (open === -1) break
    const isTrimmed = /^-\s/.test(source.slice(open + 2, open + 4))
    text(isTrimmed ? source.slice(at, open).trimEnd() : source.slice(at, open))
    const { tokens, end, trims } = tokenize(source, open + (isTrimmed ? 3 : 2))
    parts.push({ action: tokens })
    trimsNext = trims
    at = end
  }
  text(source.slice(at))
  return parts
}

const token =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|\/\*[^]*?\*\/|\$?\.?[A-Za-z_][\w]*|\.[A-Za-z_]\w*|\$|-?\d+(?:\.\d+)?|:=|[|(),.=]/y

function tokenize(source: string, start: number): { tokens: string[]; end: number; trims: boolean } {
  const tokens: string[] = []
  let at = start
  while (at < source.length) {
    if (source.startsWith('}}', at)) return { tokens: join(tokens), end: at + 2, trims: false }
    if (source.startsWith('-}}', at)) return { tokens: join(tokens), end: at + 3, trims: true }
    token.lastIndex = at
    const found = token.exec(source)
    if (found === null) throw new TemplateError(`unexpected ${JSON.stringify(source[at])} in an action`)
    tokens.push(found[0])
    at = token.lastIndex
  }
  throw new TemplateError('unclosed action')
}

/** White space only tells `.A .B` (two operands) from `.A.B` (one): a chain becomes one token, blanks go. */
function join(tokens: string[]): string[] {
  const joined: string[] = []
  let isTouching = false
  for (const one of tokens) {
    if (one.trim() === '') {
      isTouching = false
      continue
    }
    const last = joined.at(-1)
    const isChain = isTouching && last !== undefined && /^\.\w/.test(one) && /[\w)$]$/.test(last) && !/^["`]/.test(last)
    if (isChain) joined[joined.length - 1] = last + one
    else joined.push(one)
    isTouching = true
  }
  return joined
}

function parsePipeline(tokens: string[]): Pipeline {
  const cursor = { tokens, at: 0 }
  const pipeline = readPipeline(cursor)
  if (cursor.at < tokens.length) throw new TemplateError(`unexpected ${tokens[cursor.at]} in {{${tokens.join(' ')}}}`)
  return pipeline
}

interface Cursor {
  tokens: string[]
  at: number
}

function readPipeline(cursor: Cursor): Pipeline {
  const assignment = cursor.tokens.indexOf(':=', cursor.at)
  const variables = assignment === -1 ? [] : cursor.tokens.slice(cursor.at, assignment).filter((one) => one !== ',')
  if (assignment !== -1) cursor.at = assignment + 1
  const commands: Operand[][] = [[]]
  for (; cursor.at < cursor.tokens.length; cursor.at += 1) {
    const one = cursor.tokens[cursor.at]!
    if (one === '|') commands.push([])
    else if (one.startsWith(')')) break
    else commands.at(-1)!.push(readOperand(one, cursor))
  }
  if (commands.some((command) => command.length === 0)) throw new TemplateError('missing value for command')
  return { variables, commands }
}

function readOperand(text: string, cursor: Cursor): Operand {
  if (text === '(') {
    cursor.at += 1
    const pipeline = readPipeline(cursor)
    const close = cursor.tokens[cursor.at]
    if (close === undefined) throw new TemplateError('unclosed left paren')
    return { kind: 'group', pipeline, path: names(close.slice(1)) }
  }
  if (text.startsWith('.')) return { kind: 'dot', path: names(text) }
  if (text.startsWith('$')) {
    const [name = '$', ...path] = text.split('.')
    return { kind: 'variable', name, path }
  }
  if (text.startsWith('"')) return { kind: 'literal', value: JSON.parse(text) as string }
  if (text.startsWith('`')) return { kind: 'literal', value: text.slice(1, -1) }
  if (/^-?\d/.test(text)) return { kind: 'literal', value: Number(text) }
  if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' }
  if (text === 'nil') return { kind: 'literal', value: null }
  if (/^[A-Za-z_]\w*$/.test(text)) return { kind: 'function', name: text }
  throw new TemplateError(`unexpected ${text}`)
}

function names(path: string): string[] {
  return path.split('.').filter((name) => name !== '')
}
