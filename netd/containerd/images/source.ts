/**
 * Where images come from. What a source does in its own way is here: which images it has, and how a blob is read. How
 * they become images of ours is the same for all (./add.ts).
 */
import type { CallOptions } from '../connection.ts'
import type { OciDescriptor } from './formats.ts'

export interface SourceImage {
  /** Of the manifest, or of an index of several platforms: its bytes are kept as the source has them. */
  root: OciDescriptor
  /** Canonical. Without any the image stays reachable by its id. */
  names: string[]
}

export interface ImageSource {
  /** A source that is read from front to back may write blobs as they come; `options` hold them until they are used. */
  images(options: CallOptions): AsyncIterable<SourceImage>
  /** Of a blob that the content store does not have by then. Throws 400 or 404 when the source has none of that digest. */
  read(blob: OciDescriptor, options: CallOptions): AsyncIterable<Buffer>
}
