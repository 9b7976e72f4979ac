/** Which limits a machine has, from folders that stand for its hierarchies. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  defaultCgroupNamespace,
  readCgroupSupport,
  type CgroupSupport,
} from '../../../../netd/containerd/spec/cgroup-support.ts'
import { limitSupport, limitWarnings } from '../../../../netd/engine/system/limits.ts'

function support(files: Record<string, string>): CgroupSupport {
  const root = mkdtempSync(`${tmpdir()}/trestle-cgroups-`)
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true })
    writeFileSync(`${root}/${path}`, content)
  }
  return readCgroupSupport(root)
}

test('separate hierarchies: what has a file', () => {
  const found = support({
    'memory/memory.limit_in_bytes': '',
    'memory/memory.oom_control': '',
    'cpu/cpu.shares': '',
    'blkio/blkio.throttle.read_bps_device': '',
    'unified/cgroup.controllers': '',
  })
  expect(found.version).toBe(1)
  expect(defaultCgroupNamespace(found)).toBe('host')
  expect(limitSupport(found)).toMatchObject({
    MemoryLimit: true,
    SwapLimit: false,
    OomKillDisable: true,
    CPUShares: true,
  })
  expect(limitWarnings(found)).toContain('WARNING: No swap limit support')
  expect(limitWarnings(found)).not.toContain('WARNING: No blkio throttle.read_bps_device support')
})

test('one hierarchy: what has a controller, and a file in the groups that have it', () => {
  const files = {
    'cgroup.controllers': 'cpuset cpu io memory pids\n',
    'init.scope/cgroup.procs': '',
    'system.slice/memory.max': '',
    'system.slice/io.max': '',
  }
  const found = support({ ...files, 'system.slice/memory.swap.max': '' })
  expect(found.version).toBe(2)
  expect(defaultCgroupNamespace(found)).toBe('private')
  expect(limitWarnings(found)).toEqual(['WARNING: No io.weight support', 'WARNING: No io.weight (per device) support'])
  expect(limitSupport(support(files)).SwapLimit).toBe(false)
  // Nobody has a limit yet, so there is nothing to see.
  expect(limitWarnings(support({ 'cgroup.controllers': files['cgroup.controllers'] }))).toEqual([])
  expect(limitWarnings(support({ 'cgroup.controllers': 'cpu' }))).toContain('WARNING: No memory limit support')
})
