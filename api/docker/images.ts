/** Docker Engine API, "Image": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Image */

export interface ImageSummary {
  Id: string
  ParentId: string
  RepoTags: string[]
  RepoDigests: string[]
  /** Unix seconds. */
  Created: number
  Size: number
  SharedSize: number
  VirtualSize: number
  /** Null when the image has none. */
  Labels: Record<string, string> | null
  Containers: number
}

/** The part of an OCI image configuration that a container inherits. */
export interface ImageConfig {
  User: string
  ExposedPorts?: Record<string, object>
  Env: string[]
  Entrypoint: string[] | null
  Cmd: string[] | null
  Volumes?: Record<string, object> | null
  WorkingDir: string
  Labels: Record<string, string> | null
  StopSignal?: string
}

export interface ImageInspect {
  Id: string
  RepoTags: string[]
  RepoDigests: string[]
  Parent: string
  Comment: string
  Created: string
  DockerVersion: string
  Author: string
  Config: ImageConfig
  Architecture: string
  Os: string
  Size: number
  VirtualSize: number
  GraphDriver: { Name: string; Data: Record<string, string> | null }
  RootFS: { Type: string; Layers: string[] }
  Metadata: { LastTagTime: string }
}

export type ImageDeleteItem = { Untagged: string } | { Deleted: string }
