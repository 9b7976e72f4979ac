import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { moves } from '../../../../netd/engine/life/table.ts'
import { projectRoot } from '../../../support/host.ts'

test('docs/architecture.md draws the table as it is', async () => {
  const page = await readFile(`${projectRoot}docs/architecture.md`, 'utf8')
  const diagram = /```mermaid\nstateDiagram-v2\n([^`]*)```/.exec(page)![1]!
  const drawn = [...diagram.matchAll(/^ {2}(\w+) --> (\w+|\[\*\]): (\w+)$/gm)].map(
    ([, from, to, move]) => `${from} ${move} ${to === '[*]' ? 'gone' : to}`,
  )
  const table = Object.entries(moves).flatMap(([move, row]) =>
    Object.entries(row).map(([from, to]) => `${from} ${move} ${to}`),
  )
  expect(drawn.toSorted()).toEqual(table.toSorted())
})
