/** The freezer of cgroup v2. */
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
