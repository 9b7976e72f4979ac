/** `docker load`: the archives of `docker save`, old and new, and OCI layouts. */
import type { Readable } from 'node:stream'
import { errors } from '../../../api/errors.ts'
import type { CallOptions, Connection } from '../connection.ts'
import { Archive, type ArchiveFile } from './archive.ts'
import {
  dockerManifest,
  imageConfig,
  index,
  manifest,
  mediaTypes,
  type Manifest,
  type OciDescriptor,
} from './formats.ts'
import { canonical, familiar } from './reference.ts'
import { register } from './register.ts'

/** As Node names it to as Go does, which is what images carry. */
const architectures: Record<string, string> = {
  x64: 'amd64',
  ia32: '386',
  arm: 'arm',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
}
export const hostArchitecture = architectures[process.arch] ?? process.arch

/** Resolves with the names, or the id of an image without one. */
export async function load(connection: Connection, stream: Readable, options: CallOptions): Promise<string[]> {
  const archive = await Archive.read(connection, stream, options)
  if (archive.has('manifest.json')) return loadDockerArchive(connection, archive, options)
  if (archive.has('index.json')) return loadLayout(connection, archive, options)
  throw errors.invalidParameter(
    'the archive holds no image: neither manifest.json (docker save) nor index.json (OCI layout) is in it; for a root file system use import',
  )
}

async function loadDockerArchive(connection: Connection, archive: Archive, options: CallOptions): Promise<string[]> {
  const loaded: string[] = []
  const entries = await archive.json('manifest.json', dockerManifest)
  if (entries.length === 0) throw errors.invalidParameter('the manifest.json of the image archive names no image')
  for (const entry of entries) {
    const config = await archive.json(entry.Config, imageConfig)
    const configBlob = archive.file(entry.Config)
    const announced = /^([a-f0-9]{64})\.json$/.exec(entry.Config)?.[1]
    if (announced !== undefined && configBlob.digest !== `sha256:${announced}`) {
      throw errors.invalidParameter(`the image archive is damaged: ${entry.Config} has the digest ${configBlob.digest}`)
    }
    const names = (entry.RepoTags ?? []).map(canonical)
    const body: Manifest = {
      config: { mediaType: mediaTypes.config, digest: configBlob.digest, size: configBlob.size },
      layers: entry.Layers.map((path) => layerOf(archive.file(path))),
    }
    const id = await register(connection, { manifest: body, config, names }, options)
    loaded.push(...(names.length > 0 ? names.map(familiar) : [id]))
  }
  return loaded
}

async function loadLayout(connection: Connection, archive: Archive, options: CallOptions): Promise<string[]> {
  const loaded: string[] = []
  const { manifests } = await archive.json('index.json', index)
  if (manifests.length === 0) throw errors.invalidParameter('the index.json of the image archive names no image')
  for (const entry of manifests) {
    const found = await forThisMachine(archive, entry)
    const body = await archive.json(pathOf(found.digest), manifest)
    const config = await archive.json(pathOf(body.config.digest), imageConfig)
    archive.blob(body.config.digest, body.config.size)
    const layers = body.layers.map(({ digest, size }) => layerOf(archive.blob(digest, size)))
    const names = nameOf(entry)
    const id = await register(connection, { manifest: { config: body.config, layers }, config, names }, options)
    loaded.push(...(names.length > 0 ? names.map(familiar) : [id]))
  }
  return loaded
}

/** An image for several platforms is an index of its own. */
async function forThisMachine(archive: Archive, entry: OciDescriptor): Promise<OciDescriptor> {
  archive.blob(entry.digest, entry.size)
  if (!(mediaTypes.index as readonly string[]).includes(entry.mediaType)) return entry
  const { manifests } = await archive.json(pathOf(entry.digest), index)
  const fitting = manifests.find(
    ({ platform, digest }) =>
      platform?.os === 'linux' && platform.architecture === hostArchitecture && archive.has(pathOf(digest)),
  )
  if (fitting === undefined)
    throw errors.invalidParameter(`the image archive holds no image for linux/${hostArchitecture}`)
  archive.blob(fitting.digest, fitting.size)
  return fitting
}

/** `docker save` puts the whole reference into one annotation, and only the tag into the standard one. */
function nameOf(entry: OciDescriptor): string[] {
  const whole =
    entry.annotations?.['io.containerd.image.name'] ?? entry.annotations?.['org.opencontainers.image.ref.name']
  return whole !== undefined && /[/:]/.test(whole) ? [canonical(whole)] : []
}

function layerOf({ digest, size, compression }: ArchiveFile): OciDescriptor {
  if (compression !== 'none' && compression !== 'gzip' && compression !== 'zstd') {
    throw errors.invalidParameter(`the layer ${digest} is compressed with ${compression}, which is not supported`)
  }
  return { mediaType: compression === 'none' ? mediaTypes.layer : `${mediaTypes.layer}+${compression}`, digest, size }
}

function pathOf(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}
