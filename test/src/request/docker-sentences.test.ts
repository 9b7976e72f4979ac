/**
 * What the docker CLI refuses before it asks any daemon, trestle refuses in the same words: scripts and people know
 * them. The table is checked against every docker CLI 28 on this machine; Debian's 20.10 words some of it otherwise.
 */
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../support/host.ts'
import { run } from '../../support/run.ts'
import { refused } from './refused.ts'

async function refusal(file: string, line: string): Promise<{ exitCode: number; sentence: string }> {
  const { stderr, exitCode } = await run([file, '-H', 'unix:///nonexistent/socket', ...line.split(' ')], {
    allowFailure: true,
    env: { DOCKER_CONFIG: '/nonexistent' },
  })
  return {
    exitCode,
    sentence: stderr
      .split('\n')[0]!
      .replace(/^(docker|trestle): /, '')
      .trimEnd(),
  }
}

describe('a bad flag is refused as the docker CLI refuses it', () => {
  test.concurrent.each(Object.entries(refused))('%s', async (line, sentence) => {
    expect(await refusal(`${projectRoot}bin/trestle`, line)).toEqual({
      sentence,
      exitCode: line.startsWith('run') ? 125 : 2,
    })
  })
})

const found = (process.env['PATH'] ?? '')
  .split(':')
  .map((folder) => `${folder}/docker`)
  .filter((file) => existsSync(file))
const versions = await Promise.all(
  found.map(async (file) => ({ file, version: (await run([file, '--version'])).stdout })),
)
for (const { file } of versions.filter(({ version }) => version.startsWith('Docker version 28.'))) {
  describe(`the table of sentences is what ${file} says`, () => {
    test.concurrent.each(Object.entries(refused))('%s', async (line, sentence) => {
      expect((await refusal(file, line)).sentence).toBe(sentence)
    })
  })
}
