/** The database is lost: what its containers have left in the machine goes, unless their records may come back. */
import { readdir, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../../support/host.ts'

type Left = Record<'folders' | 'layers' | 'cgroups', string[]>

/** Of containers: their folders, their writable layers, their cgroups. */
async function left(host: HermeticHost): Promise<Left> {
  const layers = `${host.dataRoot}/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots`
  return {
    folders: await readdir(`${host.dataRoot}/containers`),
    layers: (await readdir(layers)).toSorted(),
    cgroups: (await host.traces()).cgroups,
  }
}

/** containerd deletes the folders of snapshots that were removed on its own time. */
const expectLeft = (host: HermeticHost, what: Left): Promise<void> =>
  eventually(async () => expect(await left(host)).toEqual(what), { timeoutMs: 30_000 })

test('what containers without a record have left goes, and stays as long as a damaged database may have it', async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  const before = await left(host)
  for (const name of ['one', 'two']) await host.docker(['run', '-d', '--name', name, 'trestle/toolbox', 'sleep', '600'])
  expect((await left(host)).layers).toHaveLength(before.layers.length + 2)
  await host.stopNetd('SIGKILL')
  for (const name of await readdir(host.dataRoot)) if (name.startsWith('netd.db')) await rm(`${host.dataRoot}/${name}`)
  await host.startNetd()
  await expectLeft(host, before)

  await host.docker(['run', '-d', 'trestle/toolbox', 'sleep', '600'])
  const after = await left(host)
  await host.stopNetd('SIGKILL')
  for (const suffix of ['', '-wal']) await writeFile(`${host.dataRoot}/netd.db${suffix}`, 'this was one'.repeat(1000))
  await host.startNetd()
  await expectLeft(host, { ...after, cgroups: [] })
  await host.stopNetd()
  for (const name of await readdir(host.dataRoot)) if (name.includes('.damaged-')) await rm(`${host.dataRoot}/${name}`)
  await host.startNetd()
  await expectLeft(host, before)
}, 180_000)
