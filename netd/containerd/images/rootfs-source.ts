/** `docker import`: a root file system becomes an image of one layer. */
import type { Readable } from 'node:stream'
import { ApiError, errors } from '../../../api/errors.ts'
import type { Connection } from '../connection.ts'
import { writeBlob, writeJson } from './blobs.ts'
import { configFrom } from './changes.ts'
import { decompress } from './compression.ts'
import { manifestBody, mediaTypes, type OciImageConfig } from './formats.ts'
import { hostArchitecture } from './platform.ts'
import { canonical } from './reference.ts'
import type { ImageSource } from './source.ts'

export interface ImportRequest {
  reference?: string
  message?: string
  /** Dockerfile lines as `docker import -c` takes them. */
  changes: string[]
}

export function rootfsSource(connection: Connection, rootfs: Readable, request: ImportRequest, now: Date): ImageSource {
  const { reference, message = '', changes } = request
  return {
    async *images(options) {
      const names = reference === undefined || reference === '' ? [] : [canonical(reference)]
      const config = configFrom(changes)
      const layer = await decompress(rootfs)
        .then((plain) => writeBlob(connection, plain, { ref: `${options.lease}-layer` }, options))
        .catch((error: unknown) => {
          if (error instanceof ApiError) throw error
          throw errors.invalidParameter(`cannot read the root file system: ${(error as Error).message}`)
        })
      if (layer.size === 0) throw errors.invalidParameter('cannot import the root file system: the archive is empty')
      const created = now.toISOString()
      const body: OciImageConfig = {
        created,
        architecture: hostArchitecture,
        os: 'linux',
        comment: message,
        config: { ...config },
        // The layer is stored plain, so its digest is its diff id.
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
        history: [{ created, comment: message }],
      }
      const configBlob = await writeJson(connection, body, `${options.lease}-config`, options)
      const manifest = manifestBody({ mediaType: mediaTypes.config, ...configBlob }, [
        { mediaType: mediaTypes.layer, ...layer },
      ])
      const blob = await writeJson(connection, manifest, `${options.lease}-manifest`, options)
      yield { root: { mediaType: manifest.mediaType, ...blob }, names }
    },
    // eslint-disable-next-line require-yield
    async *read({ digest }) {
      throw errors.internal(`the imported image has no ${digest}`)
    },
  }
}
