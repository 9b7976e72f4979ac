import { access, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseTopology } from './parse.ts'
import { TopologyError } from '../yaml/problem.ts'
import type { Topology } from './topology.ts'

/** Reads and validates a topology file. Throws TopologyError, also for a file that cannot be read. */
export async function loadTopology(file: string): Promise<Topology> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new TopologyError(file, [{ line: 1, column: 1, sentence: readFailures[error.code ?? ''] ?? error.message }])
  })
  const topology = parseTopology(text, file)
  if (topology.solution !== undefined) {
    const solution = resolve(dirname(file), topology.solution)
    const line = text.split('\n').findIndex((candidate) => candidate.startsWith('solution:')) + 1
    await access(solution).catch(() => {
      throw new TopologyError(file, [
        { line: Math.max(line, 1), column: 1, sentence: `there is no solution script ${solution}` },
      ])
    })
  }
  return topology
}

const readFailures: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a directory, not a topology file',
  EACCES: 'this file may not be read: permission denied',
}
