/** Images at rest. https://github.com/opencontainers/image-spec, and the archives of `docker save` (image spec v1.2). */
import { z } from 'zod'

export const digest = z.string().regex(/^sha256:[a-f0-9]{64}$/, 'is not a sha256 digest')

export const mediaTypes = {
  index: ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'],
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
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

/** `manifest.json` of `docker save`. */
export const dockerManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
)
