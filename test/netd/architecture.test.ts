/** The tree is the architecture: imports make no ring, neither of files nor of folders, and the page of it names what is there. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { walls } from '../../architecture.ts'
import { projectRoot } from '../support/host.ts'

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8')

/** Types as well; what is imported when it is called for (`import()`) makes no ring. */
function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:from|^import)\s+'(\.[^']+\.ts)'/gm)].map(([, path]) => join(dirname(file), path!))
}

const trees = ['api', 'src', 'netd', 'lab']
const files = trees.flatMap((tree) => globSync(`${tree}/**/*.ts`, { cwd: projectRoot }))
const graph = new Map(files.map((file) => [file, importsOf(file).filter((path) => files.includes(path))]))

/** Groups that can all reach one another, by Tarjan's algorithm; those of one are none. */
function rings(edges: Map<string, Iterable<string>>): string[][] {
  const index = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (node: string): void => {
    index.set(node, index.size)
    lowest.set(node, index.get(node)!)
    stack.push(node)
    for (const next of edges.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!))
    }
    if (lowest.get(node) !== index.get(node)) return
    const ring = stack.splice(stack.indexOf(node))
    if (ring.length > 1) found.push(ring.toSorted())
  }
  for (const node of edges.keys()) if (!index.has(node)) visit(node)
  return found
}

test('no ring of files', () => expect(rings(graph)).toEqual([]))

/** Of the folders that lie in one folder: who imports whom, however deep inside. Files beside them are theirs in common. */
function siblings(parent: string): Map<string, Set<string>> {
  const childOf = (file: string): string | undefined => {
    const rest = file.startsWith(`${parent}/`) ? file.slice(parent.length + 1).split('/') : []
    return rest.length > 1 ? rest[0] : undefined
  }
  const edges = new Map<string, Set<string>>()
  for (const [file, imported] of graph) {
    const from = childOf(file)
    if (from === undefined) continue
    const to = edges.get(from) ?? new Set<string>()
    edges.set(from, to)
    for (const other of imported.map(childOf)) if (other !== undefined && other !== from) to.add(other)
  }
  return edges
}

const folders = [...new Set(files.flatMap((file) => ancestors(dirname(file))))].toSorted()
function ancestors(folder: string): string[] {
  return folder === '.' ? [] : [folder, ...ancestors(dirname(folder))]
}

test.each(folders)('no ring of folders in %s', (folder) => expect(rings(siblings(folder))).toEqual([]))

test('every folder of the daemon and of its engine has its wall', () => {
  const parts = folders.filter((folder) => ['netd', 'netd/engine'].includes(dirname(folder)))
  expect(
    walls
      .map(({ folder }) => folder)
      .filter((folder) => dirname(folder) !== '.')
      .toSorted(),
  ).toEqual(parts)
})

describe('docs/architecture.md', () => {
  const quoted = /`((?:api|src|netd|lab|test|docs|bench|scripts|topologies)\/[\w./-]*)`/g
  const named = [...new Set([...read('docs/architecture.md').matchAll(quoted)].map(([, path]) => path!))]

  test('names paths', () => expect(named.length).toBeGreaterThan(10))
  /** `netd/drivers/NAME/` stands for any of them. */
  test.each(named)('%s is there', (path) =>
    expect(globSync(path.replace(/\b[A-Z]+\b/g, '*'), { cwd: projectRoot })).not.toEqual([]),
  )
})
