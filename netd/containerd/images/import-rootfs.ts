/** `docker import`: a root file system becomes an image of one layer. */
import type { Readable } from 'node:stream'
import { ApiError, errors } from '../../../api/errors.ts'
import { type CallOptions, type Connection } from '../connection.ts'
import { writeBlob, writeJson } from './blobs.ts'
import { configFrom } from './changes.ts'
import { decompress } from './compression.ts'
import { mediaTypes, type OciImageConfig } from './formats.ts'
import { hostArchitecture } from './load.ts'
import { canonical } from './reference.ts'
import { register } from './register.ts'

/** Resolves with the image id. */
export async function importRootfs(
  connection: Connection,
  rootfs: Readable,
  request: { reference?: string; message?: string; changes: string[]; now: Date },
  options: CallOptions,
): Promise<string> {
  const names = request.reference === undefined || request.reference === '' ? [] : [canonical(request.reference)]
  const config = configFrom(request.changes)
  const layer = await decompress(rootfs)
    .then((plain) => writeBlob(connection, plain, `${options.lease}-layer`, options))
    .catch((error: unknown) => {
      if (error instanceof ApiError) throw error
      throw errors.invalidParameter(`cannot read the root file system: ${(error as Error).message}`)
    })
  if (layer.size === 0) throw errors.invalidParameter('cannot import the root file system: the archive is empty')
  const created = request.now.toISOString()
  const body: OciImageConfig = {
    created,
    architecture: hostArchitecture,
    os: 'linux',
    comment: request.message ?? '',
    config: { ...config },
    // The layer is stored plain, so its digest is its diff id.
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created, comment: request.message ?? '' }],
  }
  const configBlob = await writeJson(connection, body, `${options.lease}-config`, options)
  const manifest = {
    config: { mediaType: mediaTypes.config, ...configBlob },
    layers: [{ mediaType: mediaTypes.layer, ...layer }],
  }
  return register(connection, { manifest, config: body, names }, options)
}
