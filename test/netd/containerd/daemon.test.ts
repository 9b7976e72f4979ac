/** A containerd that does not come about: a program of that name stands in for it. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { containerdFiles } from '../../../netd/config/layout.ts'
import { PrivateContainerd } from '../../../netd/containerd/daemon.ts'
import { identify, waitForEnd } from '../../../netd/containerd/process.ts'
import { eventually } from '../../support/eventually.ts'
import { run } from '../../support/run.ts'
import { silent } from './fixture.ts'

const searchPath = process.env['PATH']
let root: string
let roots: { dataRoot: string; execRoot: string }

beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/trestle-containerd-`)
  roots = { dataRoot: `${root}/data`, execRoot: `${root}/exec` }
  process.env['PATH'] = `${root}:${searchPath}`
})
afterEach(() => {
  process.env['PATH'] = searchPath
  rmSync(root, { recursive: true })
})

function standIn(script: string): PrivateContainerd {
  writeFileSync(`${root}/containerd`, `#!/bin/sh\n${script}\n`)
  chmodSync(`${root}/containerd`, 0o755)
  return new PrivateContainerd(roots, silent)
}

test('the last line of its log says why it ended', async () => {
  const containerd = standIn('yes nothing | head -c 100000; echo the last word; exit 3')
  await expect(containerd.ensure()).rejects.toThrow('ended at its start (exit code 3): the last word; its log is')
})

test('without a log it is an error all the same', async () => {
  const containerd = standIn(`rm ${containerdFiles(roots).log}; exit 3`)
  await expect(containerd.ensure()).rejects.toThrow('ended at its start (exit code 3): it does not say why; its log is')
})

test('one that cannot be written down and then ends is that one error', async () => {
  mkdirSync(containerdFiles(roots).pid, { recursive: true })
  await run(['mkfifo', `${root}/end`])
  const containerd = standIn(`echo $$ > ${root}/pid; read -r word < ${root}/end; exit 3`)
  const failure = containerd.ensure()
  await expect(failure).rejects.toThrow('EISDIR')
  const pid = await eventually(() => {
    const noted = Number(readFileSync(`${root}/pid`, 'utf8'))
    expect(noted).toBeGreaterThan(0)
    return noted
  })
  // It resolves once the stand-in reads.
  await writeFile(`${root}/end`, 'now\n')
  const identity = identify(pid)
  if (identity !== undefined) expect(await waitForEnd(identity, 5_000)).toBe(true)
})
