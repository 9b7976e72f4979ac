import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadTopology } from '../../../lab/model/load.ts'
import { parseTopology } from '../../../lab/model/parse.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const files = (await readdir(`${root}topologies`, { recursive: true })).filter((name) => name.endsWith('.yaml'))

test.each(files)('topologies/%s is valid, and an exercise has a hint for every task and a solution', async (name) => {
  const topology = await loadTopology(`${root}topologies/${name}`)
  expect(topology.description ?? topology.story, 'says what it is about').toBeDefined()
  if (!name.startsWith('exercises/')) return
  expect(topology.tasks.filter(({ hints }) => hints.length === 0)).toEqual([])
  expect(topology.story).toBeDefined()
  expect(topology.solution).toBe(name.replace('exercises/', '').replace('.yaml', '.solution.sh'))
})

test('the example in docs/lab.md is valid', async () => {
  const page = await readFile(`${root}docs/lab.md`, 'utf8')
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  expect(parse(example!)).toHaveProperty('tasks')
  parseTopology(example!, 'docs/lab.md')
})
