/** Two daemons on one containerd that belongs to neither. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openLauncher } from '../../../netd/containerd/open-launcher.ts'
import { identify } from '../../../netd/containerd/process.ts'
import { busyboxTar, launcherOptions, LauncherFixture, startFixture } from './fixture.ts'
import { freshNamespace } from '../../support/namespace.ts'

test('they see nothing of each other, and leave it running', async () => {
  await using owner = await startFixture()
  const address = `unix://${owner.root}/exec/containerd/containerd.sock`
  const { pid } = JSON.parse(readFileSync(`${owner.root}/exec/containerd/containerd.pid`, 'utf8')) as { pid: number }
  const running = await owner.start({ args: ['sleep', '1000'] })
  const options = {
    ...launcherOptions(`${owner.root}/guest`),
    address,
    namespace: 'guest',
    cgroupPrefix: launcherOptions(owner.root).cgroupPrefix ?? '',
  }
  {
    await using guest = new LauncherFixture(`${owner.root}/guest`, await openLauncher(options), await freshNamespace())
    expect(await guest.launcher.images.list()).toEqual([])
    expect(await guest.launcher.tasks.adopt()).toEqual([])
    guest.image = await guest.importRootfs(Readable.from(await busyboxTar()), {
      reference: 'mine',
      changes: [],
    })
    expect((await guest.sh('echo hi; exit 2')).stdout).toBe('hi\n')
    const id = await guest.start({ args: ['sleep', '1000'] })
    expect(readFileSync(`/proc/${(await guest.launcher.tasks.pids(id))[0]}/root/etc/passwd`, 'utf8')).toContain(
      'web:x:1000',
    )
    await guest.end(id)
  }
  expect(identify(pid)).toBeDefined()
  expect(await owner.launcher.tasks.adopt()).toMatchObject([{ id: running, status: 'running' }])
  await owner.end(running)
})

test('an address where nobody answers is one clear sentence', async () => {
  const root = mkdtempSync(join(tmpdir(), 'trestle-launcher-'))
  const opened = openLauncher({ ...launcherOptions(root), address: `${root}/none.sock` })
  await expect(opened).rejects.toThrow(
    `containerd does not answer on ${root}/none.sock: check that it runs and that this process may open its socket`,
  )
  rmSync(root, { recursive: true })
})
