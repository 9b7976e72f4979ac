/** `--exec-opt native.cgroupdriver=systemd`: containers are scopes of the machine's own systemd, so this netd is outside of any hermetic host. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot } from '../support/host.ts'
import { run } from '../support/run.ts'

test('containers are scopes below the slice they ask for', async () => {
  const root = await mkdtemp(`${tmpdir()}/trestle-systemd-`)
  const flags = `--data-root=${root}/data --exec-root=${root}/exec --pidfile=${root}/pid -H unix://${root}/sock
    --exec-opt native.cgroupdriver=systemd --bip=172.30.0.1/24`.split(/\s+/)
  const docker = (...args: string[]) => run(['docker', '-H', `unix://${root}/sock`, ...args], { allowFailure: true })
  await run(['systemd-run', '--unit=netd-scopes', '--property=KillMode=process', `${projectRoot}bin/netd`, ...flags])
  try {
    await eventually(
      async () => expect((await docker('info', '-f', '{{.CgroupDriver}}')).stdout.trim()).toBe('systemd'),
      { timeoutMs: 120_000 },
    )
    await docker('load', '-i', `${projectRoot}dist/toolbox.tar`)
    for (const runtime of ['crun', 'runc'])
      for (const [slice, asked] of [
        ['system.slice', []],
        ['lab.slice', ['--cgroup-parent=lab.slice']],
      ] as const) {
        const started = await docker(
          'run',
          '-d',
          '--name=one',
          '--memory=32m',
          `--runtime=${runtime}`,
          ...asked,
          'trestle/toolbox',
          'sleep',
          '600',
        )
        expect(started.stderr).toBe('')
        const id = started.stdout.trim()
        const pid = (await docker('inspect', '-f', '{{.State.Pid}}', 'one')).stdout.trim()
        const group = (await run(['cat', `/proc/${pid}/cgroup`])).stdout.trim().replace('0::', '')
        expect(group).toMatch(new RegExp(`^/${slice}/trestle-\\w+-${id}\\.scope(/container)?$`))
        const scope = group.split('/')[2]!
        const { stdout } = await run(['systemctl', 'show', '-P', 'MemoryMax', scope])
        expect(stdout.trim()).toBe(String(32 << 20))
        await docker('rm', '-f', 'one')
        expect((await docker('ps', '-aq')).stdout).toBe('')
        await eventually(async () =>
          expect((await run(['systemctl', 'is-active', scope], { allowFailure: true })).stdout.trim()).toBe('inactive'),
        )
      }
    const refused = await docker('create', '--cgroup-parent=/lab', 'trestle/toolbox')
    expect(refused.stderr).toContain('cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"')
  } finally {
    await run(['systemctl', 'stop', 'netd-scopes'], { allowFailure: true })
    await run([`${projectRoot}bin/netd`, '--reset', ...flags], { allowFailure: true })
    await rm(root, { recursive: true, force: true })
  }
})
