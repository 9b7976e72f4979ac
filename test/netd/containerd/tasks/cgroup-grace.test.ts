import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test, vi } from 'vitest'
import { holdGracePeriod } from '../../../../netd/containerd/tasks/cgroup-grace.ts'
import { eventually } from '../../../support/eventually.ts'

vi.mock('node:fs/promises', { spy: true })

test('netd stays in the cgroup it is in', async () => {
  const before = readFileSync('/proc/self/cgroup', 'utf8')
  using _hold = holdGracePeriod()
  const { calls, settledResults } = vi.mocked(writeFile).mock
  await eventually(() => expect(settledResults[0]?.type).toBe('fulfilled'))
  expect(calls[0]).toEqual([expect.stringMatching(/^\/sys\/fs\/cgroup\/.*\/cgroup\.procs$/), String(process.pid)])
  expect(readFileSync('/proc/self/cgroup', 'utf8')).toBe(before)
})

test('it asks again until the last of several is done', async () => {
  const folder = mkdtempSync(`${tmpdir()}/trestle-grace-`)
  const procs = `${folder}/cgroup.procs`
  writeFileSync(procs, '')
  const asksAgain = async (): Promise<void> => {
    truncateSync(procs)
    await eventually(() => expect(readFileSync(procs, 'utf8')).toBe(String(process.pid)))
  }
  const [first, second] = [holdGracePeriod(procs), holdGracePeriod(procs)]
  await asksAgain()
  first[Symbol.dispose]()
  await asksAgain()
  second[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})
