/**
 * What a container was asked to be: a create request parsed once (netd/http/container-request), completed by its image.
 * What is optional and absent was not said; inspect tells that from an empty list.
 */

export type NetworkMode =
  | { kind: 'default' | 'host' | 'none' }
  | { kind: 'network'; network: string }
  /** The namespace of another: an id, or what it was called when there was none of that name. */
  | { kind: 'container'; container: string }

export type NamespaceMode = { kind: 'private' | 'host' } | { kind: 'container'; container: string }

export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface ExposedPort {
  port: number
  /** Of a row that begins at `port`. */
  last?: number
  protocol: Protocol
}

export interface ProcessOptions {
  entrypoint?: string[]
  command?: string[]
  /** `NAME=value`; a bare `NAME` takes a variable away. */
  environment: string[]
  workingDirectory: string
  /** `user[:group]`, names or numbers. */
  user: string
  /** Further groups, names or numbers. */
  groups?: string[]
  isTty: boolean
  consoleSize?: { rows: number; columns: number }
  hasStdin: boolean
  /** The first client to attach is the last: when it leaves, stdin ends. */
  isStdinOnce: boolean
  /** What the client said it would attach to. */
  attached: { stdin: boolean; stdout: boolean; stderr: boolean }
  isUnderInit?: boolean
  stopSignal?: string
  /** -1 for as long as it takes. */
  stopTimeoutSeconds?: number
  /** proc_pid_oom_score_adj(5). */
  oomScoreAdj: number
}

/** What its sandbox was made from, and does not keep itself. */
export interface NetworkOptions {
  mode: NetworkMode
  exposedPorts: ExposedPort[]
  /** Every exposed port without a binding gets one. */
  publishesAll: boolean
}

export interface SecurityOptions {
  isPrivileged: boolean
  isReadOnlyRootfs: boolean
  /** `ALL` or `CAP_NET_ADMIN`, … */
  capAdd: string[]
  capDrop: string[]
  isNoNewPrivileges: boolean
  /** A profile in Docker's JSON, or one of the two that have a name. */
  seccomp: 'builtin' | 'unconfined' | { profile: string }
  /** Absent: the default one, or none when privileged. */
  apparmorProfile?: string
  /** Empty for a privileged container. */
  maskedPaths: string[]
  readonlyPaths: string[]
}

export interface Limits {
  memoryBytes?: number
  /** Memory and swap together; -1 for no limit. */
  memorySwapBytes?: number
  nanoCpus?: number
  cpuShares?: number
  cpuQuotaUs?: number
  cpuPeriodUs?: number
  /** `0-2,7`. */
  cpusetCpus?: string
  cpusetMems?: string
  pidsLimit?: number
  memoryReservationBytes?: number
  /** 0 to 100. */
  memorySwappiness?: number
  isOomKillDisabled?: boolean
  /** 10 to 1000. */
  blkioWeight?: number
  blkioWeightDevices?: { path: string; weight: number }[]
  /** Bytes, or operations, a second. */
  throttles?: { kind: 'readBps' | 'writeBps' | 'readIops' | 'writeIops'; path: string; rate: number }[]
}

export interface Ulimit {
  name: string
  /** -1 for no limit. */
  soft: number
  hard: number
}

export interface DeviceMapping {
  /** A node of the host, or a folder of them. */
  path: string
  target: string
  /** Some of `rwm`. */
  access: string
}

export type RestartPolicy =
  | { name: 'no' | 'always' | 'unless-stopped' }
  /** 0 for as often as it takes. */
  | { name: 'on-failure'; retries: number }

export interface TmpfsMount {
  type: 'tmpfs'
  target: string
  isReadOnly: boolean
  /** mount(8), tmpfs(5). */
  options: string[]
}

export interface ContainerOptions {
  process: ProcessOptions
  network: NetworkOptions
  security: SecurityOptions
  limits: Limits
  labels: Record<string, string>
  /** Where the image, or the user, wants a volume. */
  volumes: string[]
  tmpfs: TmpfsMount[]
  restart?: RestartPolicy
  /** `--rm`. */
  isRemovedAtExit: boolean
  pid?: NamespaceMode
  ipc: 'private' | 'shareable' | 'none' | 'host'
  isUtsFromHost?: boolean
  isUserNamespaceFromHost?: boolean
  /** Absent in records of a netd that took what the machine's kind has. */
  cgroupNamespace?: 'private' | 'host'
  annotations?: Record<string, string>
  sysctls: Record<string, string>
  shmBytes: number
  ulimits?: Ulimit[]
  devices: DeviceMapping[]
  /** `c 10:200 rwm`. */
  deviceRules?: string[]
  cgroupParent: string
  /** By name. Absent in records of a netd that had only runc. */
  runtime?: string
  log: Record<string, string>
}

/** Fields of the request that inspect gives back as they were written, by their names in Docker's API: for netd/http/render alone. */
export interface Verbatim {
  config: Record<string, unknown>
  hostConfig: Record<string, unknown>
}
