/** Image archives as `docker save` and OCI tools write them, made by hand so that each part can be wrong on purpose. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'

export type Files = Record<string, Buffer | string>

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** `links`: path to target. */
export async function tar(files: Files, links: Record<string, string> = {}): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content)
  for (const [name, linkname] of Object.entries(links)) archive.entry({ name, type: 'symlink', linkname })
  archive.finalize()
  return buffer(archive)
}

export const stream = (bytes: Buffer): Readable => Readable.from([bytes])

export function imageConfig(layers: Buffer[], config: object = { Cmd: ['sh'], Env: ['FROM=archive'] }): string {
  return JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: '2020-02-02T02:02:02Z',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
  })
}

/** What `docker save` before version 25 writes. */
export function dockerSave(layers: Buffer[], tags: string[] | null): Files {
  const config = imageConfig(layers)
  const configName = `${sha256(config)}.json`
  const names = layers.map((layer, index) => `${sha256(layer)}${index}/layer.tar`)
  const manifest = JSON.stringify([{ Config: configName, RepoTags: tags, Layers: names }])
  return {
    ...Object.fromEntries(names.map((name, index) => [name, layers[index] as Buffer])),
    [configName]: config,
    'manifest.json': manifest,
  }
}

/** An OCI layout; `stored` is how the layers are compressed in it. */
export function ociLayout(
  layers: Buffer[],
  name: string,
  stored: { compress: (layer: Buffer) => Buffer; mediaType: string },
): Files {
  const files: Files = { 'oci-layout': JSON.stringify({ imageLayoutVersion: '1.0.0' }) }
  const blob = (content: Buffer | string, mediaType: string): object => {
    files[`blobs/sha256/${sha256(content)}`] = content
    return { mediaType, digest: `sha256:${sha256(content)}`, size: Buffer.byteLength(content) }
  }
  const config = blob(imageConfig(layers), 'application/vnd.oci.image.config.v1+json')
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config,
    layers: layers.map((layer) => blob(stored.compress(layer), stored.mediaType)),
  })
  const entry = {
    ...blob(manifest, 'application/vnd.oci.image.manifest.v1+json'),
    annotations: { 'io.containerd.image.name': name },
  }
  files['index.json'] = JSON.stringify({ schemaVersion: 2, manifests: [entry] })
  return files
}
