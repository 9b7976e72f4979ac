/** Images: from archives and root file systems, by their names and ids, until they go. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dockerSave, imageConfig, ociLayout, sha256, stream, tar, type Files } from './archives.ts'
import { busyboxTar, startFixture, type LauncherFixture } from './fixture.ts'

let box: LauncherFixture
let base: Buffer
beforeAll(async () => {
  box = await startFixture({ hasImage: false })
  base = await busyboxTar()
})
afterAll(() => box[Symbol.asyncDispose]())

const never = new AbortController().signal
/** Resolves with the names, or the id of an image without one. */
const loadArchive = async (archive: Buffer): Promise<string[]> => {
  const added = await box.added(box.launcher.images.load(stream(archive), never))
  return added.flatMap(({ id, names }) => (names.length > 0 ? names : [id]))
}
const load = async (files: Files, links?: Record<string, string>) => loadArchive(await tar(files, links))
const importRootfs = (rootfs: Buffer, request: { reference?: string; message?: string; changes: string[] }) =>
  box.importRootfs(stream(rootfs), request)
const remove = (reference: string, isForced = true) =>
  box.launcher.images.remove(reference, { isForced, usedBy: () => [] })
const top = () => tar({ greeting: 'from the second layer\n' })

/** What a container of the image says. */
async function greeting(reference: string): Promise<string> {
  box.image = (await box.launcher.images.inspect(reference)).Id
  return (await box.sh('cat /greeting')).stdout
}

describe('load', () => {
  test("takes docker save's archives, with layers that are links to others", async () => {
    const layers = [base, await top()]
    const files = dockerSave(layers, ['web:1', 'registry.test:5000/team/web:2'])
    expect(await load(files)).toEqual(['web:1', 'registry.test:5000/team/web:2'])
    expect(await greeting('web:1')).toBe('from the second layer\n')
    expect(await box.launcher.images.inspect('registry.test:5000/team/web:2')).toMatchObject({
      Id: `sha256:${sha256(imageConfig(layers))}`,
      RepoTags: ['registry.test:5000/team/web:2', 'web:1'],
      Created: '2020-02-02T02:02:02Z',
      Config: { Cmd: ['sh'], Env: ['FROM=archive'], Entrypoint: null, User: '', WorkingDir: '' },
      RootFS: { Type: 'layers', Layers: layers.map((layer) => `sha256:${sha256(layer)}`) },
      Os: 'linux',
    })
    const linked = { ...dockerSave([base], ['linked:1']), 'manifest.json': '' }
    const config = Object.keys(linked).find((name) => name.endsWith('.json') && name !== 'manifest.json') as string
    const layer = Object.keys(linked).find((name) => name.endsWith('layer.tar')) as string
    linked['manifest.json'] = JSON.stringify([{ Config: config, RepoTags: ['linked:1'], Layers: ['other/layer.tar'] }])
    expect(await load(linked, { 'other/layer.tar': `../${layer}` })).toEqual(['linked:1'])
    await Promise.all(['web:1', 'registry.test:5000/team/web:2', 'linked:1'].map((name) => remove(name)))
  })

  test.for([
    ['plain', (layer: Buffer) => layer, ''],
    ['gzip', (layer: Buffer) => gzipSync(layer), '+gzip'],
    ['zstd', (layer: Buffer) => zstdCompressSync(layer), '+zstd'],
  ] as const)('takes OCI layouts with %s layers', async ([name, compress, suffix]) => {
    const files = ociLayout([base, await top()], `docker.io/library/oci:${name}`, {
      compress,
      mediaType: `application/vnd.oci.image.layer.v1.tar${suffix}`,
    })
    expect(await load(files)).toEqual([`oci:${name}`])
    expect(await greeting(`oci:${name}`)).toBe('from the second layer\n')
    await remove(`oci:${name}`)
  })

  test('takes archives compressed as a whole', async () => {
    const archive = await tar(dockerSave([base], ['packed']))
    expect(await loadArchive(gzipSync(archive))).toEqual(['packed:latest'])
    expect(await loadArchive(zstdCompressSync(archive))).toEqual(['packed:latest'])
    await remove('packed')
  })

  test('an image without a name is found by its id', async () => {
    const [id = ''] = await load(dockerSave([base], null))
    expect(id).toMatch(/^sha256:[a-f0-9]{64}$/)
    expect((await box.launcher.images.inspect(id.slice(7, 19))).RepoTags).toEqual([])
    expect((await remove(id)).at(-1)).toEqual({ Deleted: `sha256:${sha256(base)}` })
  })

  test('a name that moves on leaves the image that had it, without a name', async () => {
    await load(dockerSave([base], ['moving:1']))
    const { Id: before } = await box.launcher.images.inspect('moving:1')
    await load(dockerSave([base, await top()], ['moving:1']))
    expect((await box.launcher.images.inspect('moving:1')).Id).not.toBe(before)
    expect((await box.launcher.images.inspect(before)).RepoTags).toEqual([])
    await remove(before)
    await remove('moving:1')
    expect(await box.launcher.images.list()).toEqual([])
  })

  const refused: [string, () => Promise<Buffer>, RegExp][] = [
    ['nothing', async () => Buffer.alloc(0), /empty or not a tar archive/],
    [
      'text',
      async () => Buffer.from('this is no archive, and long enough to be looked at. '.repeat(20)),
      /cannot read the image archive: .*tar/,
    ],
    [
      'an archive of something else',
      () => tar({ 'a/file': 'x' }),
      /holds no image: neither manifest.json .* nor index.json/,
    ],
    [
      'one cut short',
      async () => (await tar(dockerSave([base], ['x']))).subarray(0, 100_000),
      /cannot read the image archive/,
    ],
    ['a damaged gzip', async () => gzipSync(base).subarray(0, 50_000), /cannot read the image archive/],
    ['bzip2', async () => Buffer.from('BZh91AY&SY and more'), /compressed with bzip2, which is not supported/],
    [
      'a path that leads out',
      () => tar({ '../../etc/passwd': 'x' }),
      /path "..\/..\/etc\/passwd", which leads out of it/,
    ],
    ['an absolute path', () => tar({ '/etc/passwd': 'x' }), /leads out of it/],
    [
      'a link that leads out',
      () => tar(dockerSave([base], ['x']), { 'a/layer.tar': '../../../etc/shadow' }),
      /leads out of it/,
    ],
    [
      'a manifest that is no JSON',
      () => tar({ 'manifest.json': '{' }),
      /"manifest.json" of the image archive is not JSON/,
    ],
    [
      'a manifest of another shape',
      () => tar({ 'manifest.json': '[{"Config": 1}]' }),
      /"manifest.json" of the image archive is not valid: 0\.Config/,
    ],
    [
      'a layer that is not there',
      async () => tar(without(dockerSave([base], ['x']), 'layer.tar')),
      /names the file ".*layer.tar", but does not hold it/,
    ],
    [
      'a layer that is not the announced one',
      async () => tar(swapped(dockerSave([base], ['x']), 'layer.tar', await top())),
      /unpacks to sha256:.*, but the image's configuration announces/,
    ],
    [
      'a layer that is no tar',
      async () => tar(swapped(dockerSave([base], ['x']), 'layer.tar', Buffer.from('rubbish'.repeat(200)))),
      /^cannot unpack the layer sha256:/,
    ],
    [
      'a configuration that is not the announced one',
      async () =>
        tar(swapped(dockerSave([base], ['x']), `${sha256(imageConfig([base]))}.json`, Buffer.from(imageConfig([])))),
      /is damaged: .*json has the digest/,
    ],
    [
      'a blob under a wrong digest',
      () => tar({ [`blobs/sha256/${'0'.repeat(64)}`]: 'x', 'index.json': '{}' }),
      /is damaged: blobs\/sha256\/0+ has the digest sha256:/,
    ],
    ['an invalid name', () => tar(dockerSave([base], ['Not Valid'])), /invalid reference format/],
  ]
  test.for(refused)('refuses %s', async ([, archive, message]) => {
    await expect(loadArchive(await archive())).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(message),
    })
    expect(await box.launcher.images.list()).toEqual([])
  })
})

const without = (files: Files, end: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith(end)))
const swapped = (files: Files, end: string, content: Buffer): Files =>
  Object.fromEntries(Object.entries(files).map(([name, own]) => [name, name.endsWith(end) ? content : own]))

describe('import', () => {
  test('makes an image of a root file system, with the changes asked for', async () => {
    const changes = [
      'CMD ["sh", "-c", "env"]',
      'ENV A=b "C=d e"',
      'ENV F old form',
      'EXPOSE 80 53/udp',
      'LABEL one=1',
      'USER web',
      'WORKDIR /tmp',
      'VOLUME /data',
      'STOPSIGNAL SIGINT',
      'ENTRYPOINT echo hi',
    ]
    const id = await importRootfs(base, {
      reference: 'imported:1',
      message: 'by hand',
      changes,
    })
    expect(await box.launcher.images.inspect(id)).toMatchObject({
      RepoTags: ['imported:1'],
      Comment: 'by hand',
      Config: {
        Cmd: ['sh', '-c', 'env'],
        Entrypoint: ['/bin/sh', '-c', 'echo hi'],
        Env: ['A=b', 'C=d e', 'F=old form'],
        ExposedPorts: { '80/tcp': {}, '53/udp': {} },
        Labels: { one: '1' },
        User: 'web',
        WorkingDir: '/tmp',
        Volumes: { '/data': {} },
        StopSignal: 'SIGINT',
      },
    })
    await remove(id)
  })

  test('refuses what is no root file system, and changes that are none', async () => {
    const { images } = box.launcher
    await expect(importRootfs(Buffer.from('rubbish'.repeat(200)), { changes: [] })).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/^cannot unpack the layer/),
    })
    await expect(importRootfs(Buffer.alloc(0), { changes: [] })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('empty'),
    })
    await expect(importRootfs(base, { changes: ['RUN x'] })).rejects.toMatchObject({
      status: 400,
      message: 'run is not a valid change command',
    })
    await expect(importRootfs(base, { reference: 'Upper', changes: [] })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('must be lowercase'),
    })
    expect(await images.list()).toEqual([])
  })
})

describe('names', () => {
  test('are added, and the image goes with the last', async () => {
    const { images } = box.launcher
    const id = await importRootfs(base, { reference: 'first', changes: [] })
    await images.tag('first', 'second:2')
    expect((await images.list()).map(({ RepoTags }) => RepoTags)).toEqual([['first:latest', 'second:2']])
    expect(await remove('first', false)).toEqual([{ Untagged: 'first:latest' }])
    expect(await remove('second:2', false)).toEqual([
      { Untagged: 'second:2' },
      { Deleted: id },
      { Deleted: `sha256:${sha256(base)}` },
    ])
    await expect(images.inspect(id)).rejects.toMatchObject({ status: 404, message: `No such image: ${id}` })
  })

  test('that nobody knows are 404', async () => {
    const { images } = box.launcher
    await expect(images.inspect('nope')).rejects.toMatchObject({ status: 404, message: 'No such image: nope:latest' })
    await expect(images.tag('nope:1', 'x')).rejects.toMatchObject({ status: 404, message: 'No such image: nope:1' })
    await expect(images.tag('nope:1', 'x y')).rejects.toMatchObject({
      status: 400,
      message: 'invalid reference format',
    })
  })

  test('an id with several names is removed by force only', async () => {
    const { images } = box.launcher
    const id = await importRootfs(base, { reference: 'a', changes: [] })
    await images.tag('a', 'b')
    const short = id.slice(7, 19)
    await expect(remove(short, false)).rejects.toMatchObject({
      status: 409,
      message: `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    })
    expect(await remove(short)).toHaveLength(4)
  })

  test('a name that a container uses is removed by force only, and the container goes on', async () => {
    const { images } = box.launcher
    box.image = await importRootfs(base, { reference: 'used', changes: [] })
    const id = await box.start({ args: ['sleep', '1000'] })
    const usedBy = () => [id]
    const message = `conflict: unable to remove repository reference "used" (must force) - container ${id.slice(0, 12)} is using its referenced image ${box.image.slice(7, 19)}`
    await expect(images.remove('used', { isForced: false, usedBy })).rejects.toMatchObject({ status: 409, message })
    expect(await images.remove('used', { isForced: true, usedBy })).toEqual([{ Untagged: 'used:latest' }])
    expect((await images.inspect(box.image)).RepoTags).toEqual([])
    await box.end(id)
    await remove(box.image)
    expect(await images.list()).toEqual([])
  })
})
