/** `docker load`: the archives of `docker save`, old and new, and OCI layouts. */
import type { Readable } from 'node:stream'
import { errors } from '../../../api/errors.ts'
import type { CallOptions, Connection } from '../connection.ts'
import { Archive } from './archive.ts'
import { writeJson } from './blobs.ts'
import {
  dockerManifest,
  imageConfig,
  index,
  manifestBody,
  mediaTypes,
  layerMediaType,
  type OciDescriptor,
} from './formats.ts'
import { canonical } from './reference.ts'
import type { ImageSource, SourceImage } from './source.ts'

export function archiveSource(connection: Connection, stream: Readable): ImageSource {
  return {
    async *images(options) {
      const archive = await Archive.read(connection, stream, options)
      if (archive.has('index.json')) yield* layoutImages(archive)
      else if (archive.has('manifest.json')) yield* dockerImages(connection, archive, options)
      else
        throw errors.invalidParameter(
          'the archive holds no image: neither manifest.json (docker save) nor index.json (OCI layout) is in it; for a root file system use import',
        )
    },
    // What the archive has is in the content store by then.
    // eslint-disable-next-line require-yield
    async *read({ digest }) {
      throw errors.invalidParameter(`the image archive names ${digest}, but does not hold it`)
    },
  }
}

/** Before Docker 25: there are no manifests, so one is written. Its digest is the same for the same image. */
async function* dockerImages(
  connection: Connection,
  archive: Archive,
  options: CallOptions,
): AsyncGenerator<SourceImage> {
  const entries = await archive.json('manifest.json', dockerManifest)
  if (entries.length === 0) throw errors.invalidParameter('the manifest.json of the image archive names no image')
  for (const entry of entries) {
    await archive.json(entry.Config, imageConfig)
    const { digest, size } = archive.file(entry.Config)
    const announced = /^([a-f0-9]{64})\.json$/.exec(entry.Config)?.[1]
    if (announced !== undefined && digest !== `sha256:${announced}`)
      throw errors.invalidParameter(`the image archive is damaged: ${entry.Config} has the digest ${digest}`)
    const layers = entry.Layers.map((path) => {
      const { compression, ...layer } = archive.file(path)
      return { mediaType: layerMediaType(layer, compression), ...layer }
    })
    const body = manifestBody({ mediaType: mediaTypes.config, digest, size }, layers)
    const blob = await writeJson(connection, body, `${options.lease}-manifest-${digest}`, options)
    yield { root: { mediaType: body.mediaType, ...blob }, names: (entry.RepoTags ?? []).map(canonical) }
  }
}

async function* layoutImages(archive: Archive): AsyncGenerator<SourceImage> {
  const { manifests } = await archive.json('index.json', index)
  if (manifests.length === 0) throw errors.invalidParameter('the index.json of the image archive names no image')
  for (const entry of manifests) yield { root: entry, names: nameOf(entry) }
}

/** `docker save` puts the whole reference into one annotation, and only the tag into the standard one. */
function nameOf({ annotations }: OciDescriptor): string[] {
  const whole = annotations?.['io.containerd.image.name'] ?? annotations?.['org.opencontainers.image.ref.name']
  return whole !== undefined && /[/:]/.test(whole) ? [canonical(whole)] : []
}
