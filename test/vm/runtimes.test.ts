/** crun, the default where cgroup v2 is alone, and runc: each does all that containers do, and crun starts them sooner. */
import { expect } from 'vitest'
import type { HermeticHost } from '../support/host.ts'
import { job, runDetached } from './machine/job.ts'

const image = 'trestle/toolbox'

async function live(host: HermeticHost, runtime: string): Promise<void> {
  const folder = await runDetached(host, 'one', `--runtime=${runtime}`, '-t', '--memory=32m', image, 'sleep', '600')
  const state = async (): Promise<string> =>
    (await host.docker(['inspect', '-f', '{{.HostConfig.Runtime}} {{.State.Status}}', 'one'])).stdout.trim()
  expect(await state()).toBe(`${runtime} running`)
  expect((await host.run(['cat', `${folder}/memory.max`])).stdout.trim()).toBe(String(32 << 20))
  expect((await host.docker(['exec', 'one', 'sh', '-c', 'hostname; exit 3'], { allowFailure: true })).exitCode).toBe(3)
  expect((await host.docker(['exec', 'one', 'nothere'], { allowFailure: true })).exitCode).toBe(126)
  expect((await host.docker(['top', 'one', '-o', 'pid,args'])).stdout).toContain('sleep 600')
  await host.docker(['pause', 'one'])
  expect(await state()).toBe(`${runtime} paused`)
  await host.docker(['unpause', 'one'])
  await host.docker(['restart', '-t', '0', 'one'])
  expect(await state()).toBe(`${runtime} running`)
  await host.docker(['rm', '-f', 'one'])
  const exitCode = async (command: string): Promise<number> =>
    (await host.docker(['run', '--rm', `--runtime=${runtime}`, image, command], { allowFailure: true })).exitCode
  expect(await exitCode('nothere')).toBe(127)
  expect(await exitCode('/etc/passwd')).toBe(126)
  expect(await exitCode('false')).toBe(1)
}

job(
  'crun does all that containers do, and is the default',
  async (host) => {
    const { body } = await host.http('GET', '/info')
    expect(body).toMatchObject({ CgroupVersion: '2', CgroupDriver: 'cgroupfs', DefaultRuntime: 'crun' })
    expect(Object.keys(body.Runtimes).toSorted()).toEqual(['crun', 'io.containerd.runc.v2', 'mine', 'runc'])
    await live(host, 'crun')
    await live(host, 'mine')
    const { stderr } = await host.docker(['create', '--runtime=nothere', image], { allowFailure: true })
    expect(stderr).toContain('unknown or invalid runtime name: nothere')
  },
  ['--add-runtime=mine=/usr/bin/crun'],
)

job('runc does, too, and takes longer to start', async (host) => {
  await live(host, 'runc')
  const times: Record<'crun' | 'runc', number[]> = { crun: [], runc: [] }
  for (let turn = 0; turn < 7; turn += 1)
    for (const runtime of ['crun', 'runc'] as const) {
      await host.docker(['create', '--name=timed', '--network=none', `--runtime=${runtime}`, image, 'sleep', '600'])
      const began = performance.now()
      await host.http('POST', '/containers/timed/start')
      // The first of each finds nothing in the page cache.
      if (turn > 0) times[runtime].push(performance.now() - began)
      await host.docker(['rm', '-f', 'timed'])
    }
  const medians = Object.entries(times).map(([runtime, list]) => [runtime, list.toSorted((a, b) => a - b)[3]!] as const)
  const [crun, runc] = medians.map(([, ms]) => Math.round(ms)) as [number, number]
  console.log(`start with --network none, medians of 6 in turn: crun ${crun} ms, runc ${runc} ms`)
  expect(crun).toBeLessThan(runc)
})
