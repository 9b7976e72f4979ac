/** Docker Engine API, "System": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System */

export interface SystemVersion {
  Platform: { Name: string }
  Components: { Name: string; Version: string; Details?: Record<string, string> | null }[]
  Version: string
  ApiVersion: string
  MinAPIVersion: string
  GitCommit: string
  /** Of the daemon's runtime, where Docker has Go's. */
  GoVersion: string
  Os: string
  Arch: string
  KernelVersion: string
  BuildTime: string
}

/** What `info` shows; the daemon answers more. */
export interface SystemInfo {
  ID: string
  Name: string
  ServerVersion: string
  Containers: number
  ContainersRunning: number
  ContainersPaused: number
  ContainersStopped: number
  Images: number
  Driver: string
  DockerRootDir: string
  CgroupDriver: string
  CgroupVersion?: string
  DefaultRuntime: string
  Plugins: { Volume: string[] | null; Network: string[] | null; Log: string[] | null }
  IPv4Forwarding: boolean
  KernelVersion: string
  OperatingSystem: string
  OSType: string
  Architecture: string
  NCPU: number
  /** Bytes. */
  MemTotal: number
  Warnings: string[] | null
}
