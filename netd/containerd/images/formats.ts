/** Images at rest. https://github.com/opencontainers/image-spec, and the archives of `docker save` (image spec v1.2). */
import { z } from 'zod'
import { errors } from '../../../api/errors.ts'
import type { Compression } from './compression.ts'

export const digest = z.string().regex(/^sha256:[a-f0-9]{64}$/, 'is not a sha256 digest')

export const mediaTypes = {
  index: ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'],
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const

export const descriptor = z.object({
  mediaType: z.string().default(''),
  digest,
  size: z.number().int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
})
export type OciDescriptor = z.infer<typeof descriptor>

export const index = z.object({ manifests: z.array(descriptor) })

export const isIndex = ({ mediaType }: { mediaType: string }): boolean =>
  (mediaTypes.index as readonly string[]).includes(mediaType)

export const manifest = z.object({ config: descriptor, layers: z.array(descriptor) })
export type Manifest = z.infer<typeof manifest>

const stringMap = z.record(z.string(), z.string())
const set = z.record(z.string(), z.object({}))

export const imageConfig = z.looseObject({
  created: z.string().nullish(),
  author: z.string().nullish(),
  comment: z.string().nullish(),
  docker_version: z.string().nullish(),
  architecture: z.string(),
  os: z.string(),
  config: z
    .looseObject({
      User: z.string().nullish(),
      ExposedPorts: set.nullish(),
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Volumes: set.nullish(),
      WorkingDir: z.string().nullish(),
      Labels: stringMap.nullish(),
      StopSignal: z.string().nullish(),
    })
    .nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digest) }),
  history: z.array(z.looseObject({})).nullish(),
})
export type OciImageConfig = z.infer<typeof imageConfig>

/** One of our own, for an image that comes without. */
export const manifestBody = (config: OciDescriptor, layers: OciDescriptor[]) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config,
  layers,
})

/** By its first bytes, as the media type that it comes with is not to be relied on. Throws 400. */
export function layerMediaType({ digest }: { digest: string }, compression: Compression): string {
  if (compression === 'none') return mediaTypes.layer
  if (compression === 'gzip' || compression === 'zstd') return `${mediaTypes.layer}+${compression}`
  throw errors.invalidParameter(`the layer ${digest} is compressed with ${compression}, which is not supported`)
}

/** Throws 400; `what` begins the sentence. */
export function parseJson<Value>(bytes: Buffer, schema: z.ZodType<Value>, what: string): Value {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    throw errors.invalidParameter(`${what} is not JSON`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw errors.invalidParameter(`${what} is not valid: ${issue?.path.join('.')}: ${issue?.message}`)
}

/** `manifest.json` of `docker save`. */
export const dockerManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
)
