import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { getActiveResourcesInfo } from 'node:process'
import { expect, test } from 'vitest'
import { ExecStdio } from '../../../../netd/containerd/tasks/stdio.ts'
import { mkfifo } from '../../../../netd/native/libc.ts'
import { silent } from '../fixture.ts'

test('streams of an exec that cannot all be opened leave no socket on a descriptor that is closed', () => {
  const pipes = (): number => getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length
  const before = pipes()
  const root = mkdtempSync(`${tmpdir()}/trestle-stdio-`)
  const makeFifo = (path: string): void => mkfifo(path, 0o600)
  const stdio = new ExecStdio(`${root}/exec`, { hasStdin: true, isTty: false, makeFifo, log: silent })
  rmSync(stdio.paths.stdin)
  expect(() => stdio.open()).toThrow('ENOENT')
  stdio.discard()
  expect(pipes()).toBe(before)
  rmSync(root, { recursive: true })
})
