/** What is loaded is kept as it came; what is broken off leaves nothing. containerd is asked directly. */
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { content, WriteAction } from '../../../../netd/containerd/api/content.ts'
import { images } from '../../../../netd/containerd/api/images.ts'
import { leases } from '../../../../netd/containerd/api/leases.ts'
import { Connection } from '../../../../netd/containerd/connection.ts'
import { readBlob } from '../../../../netd/containerd/images/blobs.ts'
import { openLauncher } from '../../../../netd/containerd/open-launcher.ts'
import { eventually } from '../../../support/eventually.ts'
import { dockerSave, imageConfig, ociLayout, sha256, stream, tar } from '../archives.ts'
import { busyboxTar, launcherOptions, startFixture, type LauncherFixture } from '../fixture.ts'

let box: LauncherFixture
let containerd: Connection
let base: Buffer
beforeAll(async () => {
  box = await startFixture({ hasImage: false })
  containerd = new Connection(`${box.root}/exec/containerd/containerd.sock`, 'trestle')
  base = await busyboxTar()
})
afterAll(async () => {
  containerd.close()
  await box[Symbol.asyncDispose]()
})

/** Leases, half-written blobs and image records. */
async function held(): Promise<string[]> {
  const [{ leases: all }, { statuses }, { images: records }] = await Promise.all([
    containerd.call(leases.list, {}),
    containerd.call(content.listStatuses, {}),
    containerd.call(images.list, {}),
  ])
  return [...all.map(({ id }) => id), ...statuses.map(({ ref }) => ref), ...records.map(({ name }) => name)]
}

const load = (archive: Buffer) => box.added(box.launcher.images.load(stream(archive), new AbortController().signal))

test('manifests and indexes are kept byte for byte, so that their digests are those of the source', async () => {
  const files = ociLayout([base], 'docker.io/library/kept:1', {
    compress: (layer) => layer,
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
  })
  const [plain] = (JSON.parse(String(files['index.json'])) as { manifests: { digest: string }[] }).manifests
  const platform = { os: 'linux', architecture: (JSON.parse(imageConfig([])) as { architecture: string }).architecture }
  const list = JSON.stringify({
    schemaVersion: 2,
    manifests: [
      { ...plain, digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'plan9', architecture: 'amd64' } },
      { ...plain, platform, annotations: {} },
    ],
  })
  files[`blobs/sha256/${sha256(list)}`] = list
  const root = {
    mediaType: 'application/vnd.oci.image.index.v1+json',
    digest: `sha256:${sha256(list)}`,
    size: list.length,
    annotations: { 'io.containerd.image.name': 'docker.io/library/several:1' },
  }
  files['index.json'] = JSON.stringify({ schemaVersion: 2, manifests: [plain, root] })
  const id = `sha256:${sha256(imageConfig([base]))}`
  expect(await load(await tar(files))).toEqual([
    { step: 'image', id, names: ['kept:1'] },
    { step: 'image', id, names: ['several:1'] },
  ])
  const { images: records } = await containerd.call(images.list, {})
  expect(new Map(records.map(({ name, target }) => [name, target?.digest]))).toEqual(
    new Map([
      ['docker.io/library/kept:1', plain?.digest],
      ['docker.io/library/several:1', root.digest],
    ]),
  )
  expect((await readBlob(containerd, root.digest)).toString()).toBe(list)
  await box.launcher.images.remove('kept:1', { isForced: true, usedBy: () => [] })
  box.image = id
  expect((await box.sh('echo still whole')).stdout).toBe('still whole\n')
  await box.launcher.images.remove('several:1', { isForced: true, usedBy: () => [] })
})

test('a load whose client goes, or that is aborted, leaves nothing', async () => {
  const archive = await tar(dockerSave([base], ['half:1']))
  for (const end of ['abort', 'hang up', 'break off'] as const) {
    const body = new PassThrough()
    const aborter = new AbortController()
    const loading = box.launcher.images.load(body, aborter.signal)[Symbol.asyncIterator]()
    const first = loading.next()
    body.write(archive.subarray(0, archive.length - 2048))
    // Half-way through: the layer is being written.
    await eventually(async () => expect(await held()).not.toEqual([]))
    if (end === 'abort') aborter.abort()
    else if (end === 'hang up') body.destroy(new Error('aborted'))
    else body.end(archive.subarray(archive.length - 2048))
    if (end === 'break off') {
      expect((await first).value).toMatchObject({ step: 'layer', doneBytes: 0, totalBytes: base.length })
      await loading.return?.()
    } else await expect(first).rejects.toThrow('abort')
    await eventually(async () => expect(await held()).toEqual([]))
  }
})

test('what a daemon that was killed had half-made is swept when the next one begins', async () => {
  const lease = 'trestle-of-the-one-before'
  await containerd.call(leases.create, { id: lease, labels: {} })
  const writing = containerd.open(content.write, { lease })
  writing.on('error', () => {})
  writing.write({ action: WriteAction.write, ref: `${lease}-1`, offset: 0, data: Buffer.from('half') })
  await once(writing, 'data')
  writing.cancel()
  expect(await held()).toEqual([lease, `${lease}-1`])
  box.launcher.close()
  box.launcher = await openLauncher(launcherOptions(box.root))
  expect(await held()).toEqual([])
})

test('a blob that is not what it is called is refused', async () => {
  const files = ociLayout([base], 'docker.io/library/wrong:1', {
    compress: (layer) => layer,
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
  })
  files[`blobs/sha256/${sha256(base)}`] = Buffer.from('something else')
  await expect(load(await tar(files))).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(
      /is damaged: blobs\/sha256\/.* has the digest sha256:.* where sha256:.* is expected/,
    ),
  })
  await eventually(async () => expect(await held()).toEqual([]))
})
