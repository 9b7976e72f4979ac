/** `netd --reset` gives the machine back: nothing of this daemon is left but its images. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost } from '../support/host.ts'
import { run } from '../support/run.ts'

test('takes containers, namespaces, networks, rules and the data plane away', async () => {
  await using host = await startHost()
  const before = await host.json<{ ifname: string }[]>(['ip', '-j', 'link'])
  expect(before.map((link) => link.ifname)).toContain('docker0')
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'lan'])
  await host.docker(['run', '-d', '--network', 'lan', '-p', '8080:80', 'trestle/toolbox', 'sleep', '600'])
  await host.http('POST', '/trestle/v1/namespaces', { name: 'red' })
  await host.stopNetd()

  await host.run([
    `${projectRoot}bin/netd`,
    `--data-root=${host.dataRoot}`,
    `--exec-root=${host.execRoot}`,
    `--pidfile=${host.root}/netd.pid`,
    '--reset',
  ])

  // The kernel takes the link of a namespace that has ended on its own time.
  await eventually(async () =>
    expect((await host.json<{ ifname: string }[]>(['ip', '-j', 'link'])).map((link) => link.ifname)).toEqual(['lo']),
  )
  expect((await host.run(['nft', 'list', 'tables'])).stdout).toBe('')
  expect((await host.run(['ip', 'netns', 'list'])).stdout).toBe('')
  expect((await host.run(['ps', '-e', '-o', 'comm='])).stdout).not.toMatch(/containerd|netd|MainThread|sleep/)
  expect(
    (await run(['find', '/sys/fs/cgroup', '-path', `*/${host.tag}/*`, '-type', 'd'], { allowFailure: true })).stdout,
  ).toBe('')

  await host.startNetd()
  expect((await host.docker(['images', '--format', '{{.Repository}}'])).stdout.trim()).toBe('trestle/toolbox')
})
