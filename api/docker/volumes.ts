/** Docker Engine API, "Volume": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Volume */
import { z } from 'zod'
import { labels, stringMap } from './common.ts'

export const createVolumeRequest = z.object({
  /** Empty for an anonymous one, whose name the daemon makes. */
  Name: z.string().nullish(),
  Driver: z.string().nullish(),
  DriverOpts: stringMap.nullish(),
  Labels: labels.nullish(),
})
export type CreateVolumeRequest = z.infer<typeof createVolumeRequest>

export interface Volume {
  /** RFC 3339, in seconds. */
  CreatedAt: string
  Driver: string
  Labels: Record<string, string> | null
  /** Path on the host. */
  Mountpoint: string
  Name: string
  Options: Record<string, string> | null
  Scope: 'local'
  /** In `/system/df` only: bytes, and containers that have it mounted, running or not. */
  UsageData?: { RefCount: number; Size: number }
}

export interface ListVolumesResponse {
  Volumes: Volume[]
  Warnings: string[] | null
}

export interface PruneVolumesResponse {
  VolumesDeleted: string[] | null
  /** Bytes. */
  SpaceReclaimed: number
}

/** The label of a volume that got its name from the daemon. */
export const anonymousLabel = 'com.docker.volume.anonymous'
