/** Docker Engine API, "Container": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container */
import { z } from 'zod'
import { labels, stringMap } from './common.ts'
import { endpointRequest, type EndpointSettings } from './networks.ts'

export const portBinding = z.object({ HostIp: z.string().nullish(), HostPort: z.string().nullish() })
/** Keys are `80/tcp`. */
export const portMap = z.record(z.string(), z.array(portBinding).nullable())

const commandLine = z.union([z.string().transform((text) => [text]), z.array(z.string())])
/** Go marshals a set as `{"80/tcp": {}}`. */
const set = z.record(
  z.string(),
  z.custom<object>((value) => typeof value === 'object' && value !== null),
)

export const containerConfig = z.object({
  Hostname: z.string().nullish(),
  Domainname: z.string().nullish(),
  User: z.string().nullish(),
  AttachStdin: z.boolean().nullish(),
  AttachStdout: z.boolean().nullish(),
  AttachStderr: z.boolean().nullish(),
  ExposedPorts: set.nullish(),
  Tty: z.boolean().nullish(),
  OpenStdin: z.boolean().nullish(),
  StdinOnce: z.boolean().nullish(),
  Env: z.array(z.string()).nullish(),
  Cmd: commandLine.nullish(),
  Image: z.string().nullish(),
  Volumes: set.nullish(),
  WorkingDir: z.string().nullish(),
  Entrypoint: commandLine.nullish(),
  NetworkDisabled: z.boolean().nullish(),
  MacAddress: z.string().nullish(),
  Labels: labels.nullish(),
  StopSignal: z.string().nullish(),
  StopTimeout: z.number().int().nullish(),
  /** Times in nanoseconds. */
  Healthcheck: z
    .looseObject({
      Test: z.array(z.string()).nullish(),
      Interval: z.number().nullish(),
      Timeout: z.number().nullish(),
      StartPeriod: z.number().nullish(),
      Retries: z.number().int().nullish(),
    })
    .nullish(),
  ArgsEscaped: z.boolean().nullish(),
  OnBuild: z.array(z.string()).nullish(),
  Shell: z.array(z.string()).nullish(),
})
export type ContainerConfig = z.infer<typeof containerConfig>

/** Options are loose for the reason that hostConfig is. */
const mount = z.object({
  Type: z.string().nullish(),
  Source: z.string().nullish(),
  Target: z.string().default(''),
  ReadOnly: z.boolean().nullish(),
  Consistency: z.string().nullish(),
  BindOptions: z
    .looseObject({
      Propagation: z.string().nullish(),
      NonRecursive: z.boolean().nullish(),
      CreateMountpoint: z.boolean().nullish(),
    })
    .nullish(),
  VolumeOptions: z
    .looseObject({
      NoCopy: z.boolean().nullish(),
      Labels: labels.nullish(),
      DriverConfig: z.object({ Name: z.string().nullish(), Options: stringMap.nullish() }).nullish(),
    })
    .nullish(),
  TmpfsOptions: z
    .looseObject({
      SizeBytes: z.number().int().nonnegative().nullish(),
      Mode: z.number().int().nonnegative().nullish(),
    })
    .nullish(),
})

const throttle = z.object({ Path: z.string(), Rate: z.number().int() })

/** Loose: what is not listed here is refused by name when it says something (netd/http/container-request/unsupported.ts). */
export const hostConfig = z.looseObject({
  Binds: z.array(z.string()).nullish(),
  Mounts: z.array(mount).nullish(),
  Tmpfs: stringMap.nullish(),
  /** `container[:ro|rw]`. */
  VolumesFrom: z.array(z.string()).nullish(),
  VolumeDriver: z.string().nullish(),
  LogConfig: z.object({ Type: z.string().nullish(), Config: stringMap.nullish() }).nullish(),
  NetworkMode: z.string().nullish(),
  PortBindings: portMap.nullish(),
  PublishAllPorts: z.boolean().nullish(),
  RestartPolicy: z.object({ Name: z.string().nullish(), MaximumRetryCount: z.number().int().nullish() }).nullish(),
  AutoRemove: z.boolean().nullish(),
  CapAdd: z.array(z.string()).nullish(),
  CapDrop: z.array(z.string()).nullish(),
  Dns: z.array(z.string()).nullish(),
  DnsOptions: z.array(z.string()).nullish(),
  DnsSearch: z.array(z.string()).nullish(),
  ExtraHosts: z.array(z.string()).nullish(),
  Links: z.array(z.string()).nullish(),
  IpcMode: z.string().nullish(),
  PidMode: z.string().nullish(),
  UTSMode: z.string().nullish(),
  UsernsMode: z.string().nullish(),
  Annotations: stringMap.nullish(),
  Privileged: z.boolean().nullish(),
  ReadonlyRootfs: z.boolean().nullish(),
  SecurityOpt: z.array(z.string()).nullish(),
  Sysctls: stringMap.nullish(),
  CgroupnsMode: z.string().nullish(),
  Isolation: z.string().nullish(),
  Runtime: z.string().nullish(),
  Init: z.boolean().nullish(),
  GroupAdd: z.array(z.string()).nullish(),
  OomScoreAdj: z.number().int().nullish(),
  Devices: z
    .array(
      z.object({
        PathOnHost: z.string(),
        PathInContainer: z.string().nullish(),
        CgroupPermissions: z.string().nullish(),
      }),
    )
    .nullish(),
  /** `c 10:200 rwm`. */
  DeviceCgroupRules: z.array(z.string()).nullish(),
  ShmSize: z.number().int().nullish(),
  CgroupParent: z.string().nullish(),
  /** Rows and columns of the first terminal size. */
  ConsoleSize: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]).nullish(),
  Memory: z.number().int().nullish(),
  MemorySwap: z.number().int().nullish(),
  NanoCpus: z.number().int().nullish(),
  CpuShares: z.number().int().nullish(),
  CpuQuota: z.number().int().nullish(),
  CpuPeriod: z.number().int().nullish(),
  CpusetCpus: z.string().nullish(),
  CpusetMems: z.string().nullish(),
  MemoryReservation: z.number().int().nullish(),
  /** -1 for as the kernel has it. */
  MemorySwappiness: z.number().int().nullish(),
  KernelMemory: z.number().int().nullish(),
  KernelMemoryTCP: z.number().int().nullish(),
  OomKillDisable: z.boolean().nullish(),
  BlkioWeight: z.number().int().nullish(),
  BlkioWeightDevice: z.array(z.object({ Path: z.string(), Weight: z.number().int() })).nullish(),
  BlkioDeviceReadBps: z.array(throttle).nullish(),
  BlkioDeviceWriteBps: z.array(throttle).nullish(),
  BlkioDeviceReadIOps: z.array(throttle).nullish(),
  BlkioDeviceWriteIOps: z.array(throttle).nullish(),
  PidsLimit: z.number().int().nullish(),
  Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number().int(), Hard: z.number().int() })).nullish(),
  MaskedPaths: z.array(z.string()).nullish(),
  ReadonlyPaths: z.array(z.string()).nullish(),
})
export type HostConfig = z.infer<typeof hostConfig>

export const networkingConfig = z.object({
  EndpointsConfig: z.record(z.string(), endpointRequest.nullable()).nullish(),
})

export const createContainerRequest = containerConfig.extend({
  HostConfig: hostConfig.nullish(),
  NetworkingConfig: networkingConfig.nullish(),
})
export type CreateContainerRequest = z.infer<typeof createContainerRequest>

export interface CreateContainerResponse {
  Id: string
  Warnings: string[]
}

export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

export interface ContainerState {
  Status: ContainerStatus
  Running: boolean
  Paused: boolean
  Restarting: boolean
  OOMKilled: boolean
  Dead: boolean
  Pid: number
  ExitCode: number
  Error: string
  /** RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` for never. */
  StartedAt: string
  FinishedAt: string
}

export type PortBindings = Record<string, { HostIp: string; HostPort: string }[] | null>

export interface NetworkSettings {
  Bridge: string
  SandboxID: string
  SandboxKey: string
  Ports: PortBindings
  HairpinMode: boolean
  LinkLocalIPv6Address: string
  LinkLocalIPv6PrefixLen: number
  SecondaryIPAddresses: null
  SecondaryIPv6Addresses: null
  EndpointID: string
  Gateway: string
  GlobalIPv6Address: string
  GlobalIPv6PrefixLen: number
  IPAddress: string
  IPPrefixLen: number
  IPv6Gateway: string
  MacAddress: string
  Networks: Record<string, EndpointSettings>
}

export interface MountPoint {
  Type: string
  /** Of a volume. */
  Name?: string
  Source: string
  Destination: string
  /** Of a volume: `local`. */
  Driver?: string
  Mode: string
  RW: boolean
  Propagation: string
}

export interface ContainerInspect {
  Id: string
  Created: string
  Path: string
  Args: string[]
  State: ContainerState
  Image: string
  ResolvConfPath: string
  HostnamePath: string
  HostsPath: string
  LogPath: string
  Name: string
  RestartCount: number
  Driver: string
  Platform: string
  MountLabel: string
  ProcessLabel: string
  AppArmorProfile: string
  ExecIDs: string[] | null
  HostConfig: Record<string, unknown>
  GraphDriver: { Name: string; Data: Record<string, string> | null }
  Mounts: MountPoint[]
  Config: Record<string, unknown>
  NetworkSettings: NetworkSettings
}

export interface Port {
  IP?: string
  PrivatePort: number
  PublicPort?: number
  Type: string
}

export interface ContainerSummary {
  Id: string
  Names: string[]
  Image: string
  ImageID: string
  Command: string
  /** Unix seconds. */
  Created: number
  Ports: Port[]
  /** With `size=1`, bytes. */
  SizeRootFs?: number
  Labels: Record<string, string>
  State: string
  Status: string
  HostConfig: { NetworkMode: string }
  NetworkSettings: { Networks: Record<string, EndpointSettings> }
  Mounts: MountPoint[]
}

export interface WaitResponse {
  StatusCode: number
  Error: { Message: string } | null
}

export { StreamType } from './stream.ts'
