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
  for (const network of ['old', 'new']) await host.docker(['network', 'create', network])
  await host.docker(['run', '-d', '--name', 'quiet', 'trestle/toolbox', 'sleep', '600'])
  await host.docker(['network', 'connect', 'old', 'quiet'])
  await host.docker(['run', '-d', '--name', 'flood', 'trestle/toolbox', 'sh', '-c', 'yes & yes >&2'])
  const freeBytes = async (): Promise<number> =>
    Number((await host.run(['df', '--output=avail', host.dataRoot])).stdout.trim().split('\n').at(-1))
  await eventually(async () => expect(await freeBytes()).toBe(0), { timeoutMs: 60_000 })

  const tail = await host.docker(['logs', '--tail', '2', 'flood'])
  expect(tail.stdout + tail.stderr).toContain('y\n')
  expect(await host.netdPid()).toBe(pid)
  // Written for good, or refused, and never lost.
  await host.docker(['network', 'disconnect', 'old', 'quiet'])
  await host.docker(['network', 'connect', 'new', 'quiet'])
  await host.docker(['rename', 'quiet', 'still'])
  await host.docker(['network', 'rm', 'old'])
  expect(await host.docker(['network', 'create', 'more'], { allowFailure: true })).toMatchObject({
    exitCode: 1,
    stderr: `Error response from daemon: no space left on device: ${host.dataRoot}/netd.db (file system ${host.dataRoot}); free some first\n`,
  })
  await host.stopNetd('SIGKILL')
  await host.startNetd()
  expect((await host.docker(['network', 'ls', '--format', '{{.Name}}'])).stdout).toBe('bridge\nhost\nnew\nnone\n')
  const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}'
  expect((await host.docker(['inspect', '-f', networks, 'still'])).stdout).toBe('bridge new \n')
  expect((await host.http('POST', '/containers/still/kill')).status).toBe(204)
  expect((await host.http('DELETE', '/containers/flood?force=1')).status).toBe(204)
  expect(await freeBytes()).toBeGreaterThan(10_000)
  expect((await host.docker(['run', '--rm', 'trestle/toolbox', 'echo', 'room again'])).stdout).toBe('room again\n')
  expect((await host.http('DELETE', '/containers/still')).status).toBe(204)
}, 180_000)
