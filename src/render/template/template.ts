/** `--format`: a Go template over an API answer or over a row of a list. */
import { functions, goText, isTrue } from './functions.ts'
import { parseTemplate, TemplateError, type Operand, type Pipeline, type TemplateNode } from './syntax.ts'

export type Template = (data: unknown) => string

/** Throws TemplateError here for bad syntax, and when it is applied for a field that is not there. */
export function compileTemplate(source: string): Template {
  const nodes = parseTemplate(source)
  return (data) => render(nodes, data, new Map([['$', data]]))
}

/** `$name` to value; blocks get a copy, so that what they declare ends with them. */
type Variables = Map<string, unknown>

function render(nodes: TemplateNode[], dot: unknown, variables: Variables): string {
  let text = ''
  for (const node of nodes) {
    switch (node.kind) {
      case 'text':
        text += node.text
        break
      case 'output': {
        const value = evaluate(node.pipeline, dot, variables)
        for (const name of node.pipeline.variables) variables.set(name, value)
        if (node.pipeline.variables.length === 0) text += goText(value)
        break
      }
      case 'range':
        text += renderRange(node.pipeline, node.body, node.otherwise, dot, variables)
        break
      case 'if':
      case 'with': {
        const value = evaluate(node.pipeline, dot, variables)
        const inner = new Map(variables)
        for (const name of node.pipeline.variables) inner.set(name, value)
        text += isTrue(value)
          ? render(node.body, node.kind === 'with' ? value : dot, inner)
          : render(node.otherwise, dot, inner)
      }
    }
  }
  return text
}

/** One variable gets the values, two get keys and values; maps go in the order of their keys. */
function renderRange(
  pipeline: Pipeline,
  body: TemplateNode[],
  otherwise: TemplateNode[],
  dot: unknown,
  variables: Variables,
): string {
  const value = evaluate(pipeline, dot, variables)
  const entries: [unknown, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) return render(otherwise, dot, new Map(variables))
  const [first, second] = pipeline.variables
  return entries
    .map(([key, one]) => {
      const inner = new Map(variables)
      if (second !== undefined) inner.set(first!, key).set(second, one)
      else if (first !== undefined) inner.set(first, one)
      return render(body, one, inner)
    })
    .join('')
}

function evaluate(pipeline: Pipeline, dot: unknown, variables: Variables): unknown {
  let value: unknown
  for (const [at, [head, ...rest]] of pipeline.commands.entries()) {
    const values = rest.map((operand) => resolve(operand, dot, variables))
    if (at > 0) values.push(value)
    value = resolve(head!, dot, variables, values)
  }
  return value
}

/** `values` are the arguments, for what can be called. */
function resolve(operand: Operand, dot: unknown, variables: Variables, values: unknown[] = []): unknown {
  switch (operand.kind) {
    case 'literal':
      return operand.value
    case 'function': {
      const call = functions[operand.name] ?? refuse(`function "${operand.name}" not defined`)
      return call(...values)
    }
    case 'dot':
      return follow(dot, operand.path, values)
    case 'variable':
      if (!variables.has(operand.name)) refuse(`undefined variable "${operand.name}"`)
      return follow(variables.get(operand.name), operand.path, values)
    default:
      return follow(evaluate(operand.pipeline, dot, variables), operand.path, values)
  }
}

/** A field that is a function is a method: `{{.Label "role"}}`. */
function follow(start: unknown, path: string[], values: unknown[]): unknown {
  let value = start
  for (const name of path) {
    if (value === null || value === undefined) refuse(`nil data; no entry for key "${name}"`)
    if (typeof value !== 'object' || !(name in value)) refuse(`map has no entry for key "${name}"`)
    const owner = value as Record<string, unknown>
    value = typeof owner[name] === 'function' ? (owner[name] as (...v: unknown[]) => unknown)(...values) : owner[name]
  }
  return value
}

function refuse(sentence: string): never {
  throw new TemplateError(sentence)
}
