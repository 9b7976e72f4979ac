/** A container that logs fills the disk that netd lives on: the daemon goes on, starts again, and the space can be had back. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost } from '../support/host.ts'

test('a full disk ends neither the daemon nor the ways to free it', async () => {
  await using host = await startHost({ hasNetd: false })
  await host.run(['sh', '-c', `mkdir ${host.dataRoot} && mount -t tmpfs -o size=96m tmpfs ${host.dataRoot}`])
  await host.startNetd()
  const pid = await host.netdPid()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['run', '-d', '--name', 'quiet', 'trestle/toolbox', 'sleep', '600'])
  await host.docker(['run', '-d', '--name', 'flood', 'trestle/toolbox', 'sh', '-c', 'yes & yes >&2'])
  const freeBytes = async (): Promise<number> =>
    Number((await host.run(['df', '--output=avail', host.dataRoot])).stdout.trim().split('\n').at(-1))
  await eventually(async () => expect(await freeBytes()).toBe(0), { timeoutMs: 60_000 })

  const tail = await host.docker(['logs', '--tail', '2', 'flood'])
  expect(tail.stdout + tail.stderr).toContain('y\n')
  expect(await host.netdPid()).toBe(pid)
  await host.stopNetd('SIGKILL')
  await host.startNetd()
  expect((await host.http('POST', '/containers/quiet/kill')).status).toBe(204)
  expect((await host.http('DELETE', '/containers/flood?force=1')).status).toBe(204)
  expect(await freeBytes()).toBeGreaterThan(10_000)
  expect((await host.docker(['run', '--rm', 'trestle/toolbox', 'echo', 'room again'])).stdout).toBe('room again\n')
  expect((await host.http('DELETE', '/containers/quiet')).status).toBe(204)
})
