/** The freezer, and where the figures of `stats` come from, on cgroup v2. */
import { expect } from 'vitest'
import { job, runDetached } from './machine/job.ts'

job('a paused container is frozen by cgroup v2, and goes on', async (host) => {
  const folder = await runDetached(host, 'sleeper', 'trestle/toolbox', 'sleep', '600')
  const frozen = async (): Promise<string> => (await host.run(['cat', `${folder}/cgroup.events`])).stdout
  await host.docker(['pause', 'sleeper'])
  expect(await frozen()).toContain('frozen 1')
  expect((await host.docker(['inspect', '-f', '{{.State.Status}}', 'sleeper'])).stdout.trim()).toBe('paused')
  await host.docker(['unpause', 'sleeper'])
  expect(await frozen()).toContain('frozen 0')
  await host.docker(['rm', '-f', 'sleeper'])
})

job('stats are those of the cgroup', async (host) => {
  const folder = await runDetached(
    host,
    'busy',
    '--memory=64m',
    'trestle/toolbox',
    'sh',
    '-c',
    'cat /bin/* >/dev/null; sleep 600',
  )
  const { body } = await host.http('GET', '/containers/busy/stats?stream=false')
  const read = async (file: string): Promise<string> => (await host.run(['cat', `${folder}/${file}`])).stdout.trim()
  expect(body.memory_stats.limit).toBe(64 * 2 ** 20)
  // cgroup v2's names: memory.stat has `file`, v1's had `cache`.
  expect(body.memory_stats.stats).toMatchObject({ anon: expect.any(Number), file: expect.any(Number) })
  expect(body.memory_stats.stats.cache).toBeUndefined()
  expect(body.memory_stats.usage).toBeLessThanOrEqual(64 * 2 ** 20)
  expect(body.pids_stats.current).toBe(Number(await read('pids.current')))
  const [, used] = /usage_usec (\d+)/.exec(await read('cpu.stat'))!
  expect(body.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(0)
  expect(body.cpu_stats.cpu_usage.total_usage).toBeLessThanOrEqual(Number(used) * 1000)
  expect(body.cpu_stats.online_cpus).toBe(2)
  await host.docker(['rm', '-f', 'busy'])
})
