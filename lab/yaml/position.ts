/** From a place in the parsed value back to the line and column of the text. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Document,
  type LineCounter,
  type Pair,
  type ParsedNode,
} from 'yaml'
import type { DocumentPath } from './problem.ts'

/** Of the deepest part of the path that the document has: a missing key is told at the map that lacks it. */
export function locate(
  document: Document.Parsed,
  lines: LineCounter,
  { path, isKey }: DocumentPath,
): { line: number; column: number } {
  let offset = start(document.contents) ?? 0
  let node: unknown = document.contents
  for (const [at, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    const pair = isMap(node) ? findPair(node.items, step) : undefined
    const next: unknown = pair === undefined ? (isSeq(node) ? node.items[Number(step)] : undefined) : pair.value
    if (pair === undefined && next === undefined) break
    const isLast = at === path.length - 1
    offset = (isLast && isKey === true ? undefined : start(next)) ?? start(pair?.key) ?? offset
    node = next
  }
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function findPair(items: Pair[], key: PropertyKey): Pair | undefined {
  return items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
}

/** Undefined for a value that is not in the text: `key:` with nothing behind it. */
function start(node: unknown): number | undefined {
  if (!isNode(node)) return undefined
  const [from, to] = (node as ParsedNode).range
  return isScalar(node) && from === to ? undefined : from
}
